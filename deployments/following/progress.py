"""How a deployment goes, and whether its log is complete."""

from datetime import datetime, timedelta

from django.utils import timezone

from deployments.following.messages import Progress
from deployments.models import Deployment, State
from deployments.models.deployment import IN_FLIGHT
from deployments.timeline import phases

#: Who decides a deployment moves its row first, then writes the last words into its log.
LAST_WORDS = timedelta(seconds=1)


def read(deployment_id: int) -> Progress | None:
    """Where a deployment is, or ``None`` when it has been purged."""
    deployment = Deployment.objects.prefetch_related("events").filter(pk=deployment_id).first()
    return of(deployment) if deployment else None


def of(deployment: Deployment) -> Progress:
    all_said = is_complete(deployment, timezone.now())
    passed = phases.of(deployment.events.all())
    return Progress(State(deployment.state), passed, all_said, is_over=deployment.is_finished and all_said)


def is_complete(deployment: Deployment, now: datetime) -> bool:
    """Whether nothing more comes into its log: it is active or ready, or has failed, was cancelled or retired."""
    decided = deployment.state not in IN_FLIGHT
    return decided and now - deployment.state_changed_at >= LAST_WORDS
