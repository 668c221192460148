"""Whether a follower may go on: somebody deactivated, signed out, or whose token was revoked, may not."""

from django.db import DatabaseError
from django.utils import timezone

from deployments.following import looks
from deployments.models import Deployment
from workspaces import principals
from workspaces.principals import Principal


async def still_stand(principal: Principal) -> bool:
    """A database that is away lets nobody go on."""
    try:
        return await looks.at_rows(lambda: principals.still_stands(principal, now=timezone.now()))
    except DatabaseError:
        return False


def followed(principal: Principal, deployment_id: int) -> Deployment | None:
    """The deployment, while it is there and the principal may follow it."""
    if not principals.still_stands(principal, now=timezone.now()):
        return None
    return Deployment.objects.visible_to(principal).filter(pk=deployment_id).first()
