"""Links by which people join a workspace."""

import secrets
from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction

from workspaces import audit
from workspaces.errors import Conflict, Forbidden, Invalid, LimitExceeded, NotFound
from workspaces.models import Invitation, Membership, Role, User, Workspace
from workspaces.operations.access_tokens import digest
from workspaces.permissions import Permission, require
from workspaces.principals import Principal
from workspaces.querysets import WorkspaceQuerySet

LIFETIME = timedelta(days=7)
#: More is a mistake or a mailing.
MAX_OPEN = 500


def open_ones(principal: Principal, *, now: datetime) -> WorkspaceQuerySet[Invitation]:
    """Those that can still be accepted."""
    require(principal, Permission.MANAGE_PEOPLE)
    return open_among(Invitation.objects.visible_to(principal), now)


def create(
    principal: Principal, *, email: str, role: str, now: datetime, is_mailed: bool = False
) -> tuple[Invitation, str]:
    """An invitation and the text of its link, known this once. An earlier one for that address ends.

    ``is_mailed`` promises that the link reaches its address by mail and is shown to nobody. Nothing here depends on
    whether the address has an account in another workspace.
    """
    require(principal, Permission.MANAGE_PEOPLE)
    email = _address(email)
    if role not in Role.values:
        raise Invalid(f"There is no role {role[:40]!r}.", f"A role is one of: {', '.join(Role.values)}.")
    with transaction.atomic():
        Workspace.objects.select_for_update(no_key=True).get(pk=principal.workspace.pk)
        _refuse_member(principal.workspace, email)
        earlier = open_ones(principal, now=now)
        if earlier.exclude(email=email).count() >= MAX_OPEN:
            raise LimitExceeded(f"There are {MAX_OPEN} open invitations.", "Revoke some, or wait until they end.")
        _end(earlier.filter(email=email), now)
        made = _make(
            principal.workspace,
            email,
            role,
            now,
            created_by=principal.user,
            created_by_name=str(principal),
            begins_account=is_mailed or principal.user.is_superuser,
        )
        audit.record(principal, "invited", "person", email, role=role)
    return made


def create_by_operator(workspace: Workspace, *, email: str, now: datetime) -> str:
    """The link for an admin of a workspace that has none yet. Earlier links of the operator's end."""
    email = _address(email)
    with transaction.atomic():
        Workspace.objects.select_for_update(no_key=True).get(pk=workspace.pk)
        if Membership.objects.filter(workspace=workspace, role=Role.ADMIN, deactivated_at=None).exists():
            raise Conflict(f"The workspace {workspace.slug!r} has an admin already.", "Ask them for an invitation.")
        _end(open_among(Invitation.objects.filter(workspace=workspace, created_by=None), now), now)
        _, text = _make(
            workspace, email, Role.ADMIN, now, created_by=None, created_by_name="Slipway", begins_account=True
        )
        audit.record_by_platform(workspace, "invited", "person", email, role=Role.ADMIN)
    return text


def revoke(principal: Principal, invitation: Invitation, *, now: datetime) -> None:
    """End a link at once; a second time changes nothing."""
    require(principal, Permission.MANAGE_PEOPLE)
    with transaction.atomic():
        if _end(open_among(Invitation.objects.visible_to(principal), now).filter(pk=invitation.pk), now):
            audit.record(principal, "revoked", "invitation", invitation.email)


def find(text: str, *, now: datetime) -> Invitation:
    """The open invitation of that link. Raises ``NotFound``: used, revoked, old and invented ones look alike."""
    living = open_among(Invitation.objects.select_related("workspace"), now)
    invitation = living.filter(digest=digest(text)).first()
    if invitation is None:
        raise NotFound(
            "This invitation does not work any more.",
            "It was used, it has ended, or the link is not complete. Ask for a new one.",
        )
    return invitation


def accept(invitation: Invitation, user: User, *, now: datetime, address: str | None = None) -> Principal:
    """Make that person, whose address the invitation must bear, a member. Raises ``Forbidden`` for anybody else."""
    if user.email != invitation.email or not user.is_active:
        raise Forbidden("This invitation is for somebody else.", "Sign in with the address that was invited.")
    with transaction.atomic():
        use_up(invitation, now)
        membership, _ = Membership.objects.get_or_create(
            workspace=invitation.workspace, user=user, defaults={"role": invitation.role}
        )
        if membership.deactivated_at is not None:
            raise Conflict(
                f"Your membership of {invitation.workspace.name} is deactivated.", "Ask an admin to reactivate it."
            )
        principal = Principal(user, invitation.workspace, Role(membership.role), address=address)
        audit.record(principal, "joined", "workspace", invitation.workspace.slug, role=membership.role)
    return principal


def accept_as_new(
    invitation: Invitation, *, password: str, name: str, now: datetime, address: str | None = None
) -> Principal:
    """The same for an address without an account, which is made: by a link that ``begins_account`` alone.

    Raises ``Conflict`` if there is an account by now.
    """
    if not invitation.begins_account:
        raise Forbidden("A site admin decides about this invitation.", "Ask to join by its link.")
    try:
        with transaction.atomic():
            user = User.objects.create_user(invitation.email, password, name=name.strip()[:150])
            return accept(invitation, user, now=now, address=address)
    except IntegrityError as error:
        raise Conflict("This address has an account by now.", "Open the link again.") from error


def use_up(invitation: Invitation, now: datetime) -> None:
    """Once, whatever else happens at the same time. A request that waited for a site admin goes with it."""
    living = open_among(Invitation.objects.filter(pk=invitation.pk), now)
    if not living.update(accepted_at=now, requested_password=""):
        raise NotFound("This invitation does not work any more.", "Ask for a new one.")


def open_among(rows: WorkspaceQuerySet[Invitation], now: datetime) -> WorkspaceQuerySet[Invitation]:
    return rows.filter(accepted_at=None, revoked_at=None, expires_at__gt=now)


def _end(rows: WorkspaceQuerySet[Invitation], now: datetime) -> int:
    return rows.update(revoked_at=now, requested_password="")


def _make(
    workspace: Workspace,
    email: str,
    role: str,
    now: datetime,
    *,
    created_by: User | None,
    created_by_name: str,
    begins_account: bool,
) -> tuple[Invitation, str]:
    text = secrets.token_urlsafe(32)
    invitation = Invitation.objects.create(
        workspace=workspace,
        email=email,
        role=role,
        digest=digest(text),
        created_by=created_by,
        created_by_name=created_by_name,
        expires_at=now + LIFETIME,
        begins_account=begins_account,
    )
    return invitation, text


def _address(email: str) -> str:
    email = email.strip().lower()
    try:
        validate_email(email)
    except ValidationError:
        email = ""
    if not 0 < len(email) <= 254:
        raise Invalid("This is not an e-mail address.", "Write it in full: name@example.org.")
    return email


def _refuse_member(workspace: Workspace, email: str) -> None:
    member = Membership.objects.filter(workspace=workspace, user__email=email).first()
    if member is not None:
        helps = "Reactivate them." if member.deactivated_at else "There is nothing to do."
        raise Conflict(f"{email} is a member of {workspace.name} already.", helps)
