"""Who asks: one person, directly or through a token, in one workspace."""

from dataclasses import dataclass, field
from datetime import datetime

from django.contrib.sessions.models import Session
from django.db.models import Q

from workspaces.models import AccessToken, Membership, Role, User, Workspace


@dataclass(frozen=True)
class Principal:
    """Made only from a live membership; every operation's first argument.

    ``address`` is the caller's IP address for the audit, when there is one; ``session`` the key of their browser's
    session, which must not be printed.
    """

    user: User
    workspace: Workspace
    role: Role
    token: AccessToken | None = None
    address: str | None = None
    session: str | None = field(default=None, repr=False)

    # Django and DRF ask these of whatever stands in ``request.user``.
    is_authenticated = True
    is_anonymous = False

    @property
    def is_active(self) -> bool:
        return self.user.is_active

    @property
    def is_admin(self) -> bool:
        return self.role == Role.ADMIN

    @property
    def pk(self) -> int:
        return self.user.pk

    def __str__(self) -> str:
        return str(self.user)


def of_user(
    user: User, workspace_slug: str, *, address: str | None = None, session: str | None = None
) -> Principal | None:
    """The person as a member of that workspace, or ``None``: no such workspace and no membership look alike."""
    membership = (
        Membership.objects.select_related("workspace")
        .filter(user=user, workspace__slug=workspace_slug, user__is_active=True, deactivated_at=None)
        .first()
    )
    if membership is None:
        return None
    return Principal(user, membership.workspace, Role(membership.role), address=address, session=session)


def of_token(token: AccessToken, *, address: str | None = None) -> Principal | None:
    """The person behind a token, while that person is active and still a member."""
    membership = Membership.objects.filter(
        user=token.user, workspace=token.workspace, user__is_active=True, deactivated_at=None
    ).first()
    if membership is None:
        return None
    return Principal(token.user, token.workspace, Role(membership.role), token, address)


def still_stands(principal: Principal, *, now: datetime) -> bool:
    """Whether somebody who was let in a while ago still is: a member, with a living token, or signed in."""
    living = Membership.objects.filter(
        user=principal.user, workspace=principal.workspace, user__is_active=True, deactivated_at=None
    )
    if principal.token is not None:
        ends_later = Q(expires_at=None) | Q(expires_at__gt=now)
        tokens = AccessToken.objects.filter(ends_later, pk=principal.token.pk, revoked_at=None)
        return living.exists() and tokens.exists()
    if principal.session is not None:
        # Signing out ends the session; a new password ends all sessions that began with another one.
        sessions = Session.objects.filter(session_key=principal.session, expire_date__gt=now)
        return living.filter(user__password=principal.user.password).exists() and sessions.exists()
    return living.exists()
