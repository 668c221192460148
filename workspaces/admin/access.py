"""Who administers what: a workspace's admins their workspace, site admins all of them."""

from typing import Any, cast

from django.db.models import QuerySet
from django.http import HttpRequest

from workspaces import principals, sessions
from workspaces.errors import NotFound
from workspaces.models import Membership, Role, User, Workspace
from workspaces.principals import Principal

KEY = "_slipway_administers"


def is_site_admin(request: HttpRequest) -> bool:
    return bool(request.user.is_active and getattr(request.user, "is_superuser", False))


def may_enter(request: HttpRequest) -> bool:
    return bool(request.user.is_authenticated) and (is_site_admin(request) or administers(request) is not None)


def administers(request: HttpRequest) -> Principal | None:
    """The signed-in admin in the workspace last opened, else in the first that is theirs; asked once per request."""
    if not hasattr(request, KEY):
        setattr(request, KEY, _find(request))
    return cast(Principal | None, getattr(request, KEY))


def acting_in(request: HttpRequest, workspace: Workspace) -> Principal:
    """Who asks an operation. Raises ``NotFound`` for a workspace the person does not administer."""
    if is_site_admin(request):
        return Principal(cast(User, request.user), workspace, Role.ADMIN, address=sessions.address(request))
    principal = administers(request)
    if principal is None or principal.workspace.pk != workspace.pk:
        raise NotFound("There is no such workspace.", "The switcher of workspaces lists yours.")
    return principal


def acting_on(request: HttpRequest, row: Any) -> Principal:
    """Who asks an operation on a row that is a workspace's, or everybody's: then in the workspace last opened."""
    if row.workspace is not None:
        return acting_in(request, row.workspace)
    principal = administers(request)
    if principal is None or is_site_admin(request):
        some = principal.workspace if principal else Workspace.objects.order_by("pk").first()
        if some is None:
            raise NotFound("There is no workspace yet.", "Create one first.")
        return acting_in(request, some)
    return principal


def administered_workspaces(user: User) -> QuerySet[Workspace]:
    living = Membership.objects.filter(user=user, role=Role.ADMIN, deactivated_at=None, user__is_active=True)
    return Workspace.objects.filter(pk__in=living.values("workspace")).order_by("name", "pk")


def _find(request: HttpRequest) -> Principal | None:
    if not request.user.is_authenticated:
        return None
    principal = sessions.current(request)
    if principal is None or principal.role == Role.ADMIN:
        return principal
    elsewhere = administered_workspaces(principal.user).first()
    return principals.of_user(principal.user, elsewhere.slug, address=principal.address) if elsewhere else None
