"""Newcomers who hold a link that somebody was shown: noted, and let in by a site admin.

Only whoever reads the mailbox, or sees all accounts anyway, may learn whether an address has one.
"""

from datetime import datetime

from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, transaction

from workspaces import audit
from workspaces.errors import Conflict, Forbidden, NotFound
from workspaces.models import Invitation, Membership, User
from workspaces.operations import invitations
from workspaces.principals import Principal
from workspaces.querysets import WorkspaceQuerySet


def note(invitation: Invitation, *, password: str, name: str, now: datetime, address: str | None = None) -> None:
    """Keep a name and a password's hash until a site admin decides. An earlier request by that link is replaced.

    Asks the database for nothing that depends on an account of that address: the same work in either case.
    """
    hashed = make_password(password)
    with transaction.atomic():
        living = invitations.open_among(Invitation.objects.filter(pk=invitation.pk), now)
        is_noted = living.update(
            requested_at=now, requested_name=name.strip()[:150], requested_password=hashed, requested_from=address
        )
        if not is_noted:
            raise NotFound("This invitation does not work any more.", "Ask for a new one.")
        audit.record_by_somebody(
            invitation.workspace, "asked to join as", "person", invitation.email, address=address, role=invitation.role
        )


def waiting(now: datetime) -> WorkspaceQuerySet[Invitation]:
    """Of every workspace: those that a site admin can let in. Asks nothing about accounts."""
    return invitations.open_among(Invitation.objects.exclude(requested_at=None), now)


def let_in(principal: Principal, invitation: Invitation, *, now: datetime) -> Membership:
    """Begin the account that was asked for, as a member. For site admins.

    Raises ``Conflict`` when nobody asked, and when the address has an account: its person signs in with that.
    """
    _require_site_admin(principal)
    try:
        with transaction.atomic():
            held = _hold(principal, invitation, now)
            user = User.objects.create(email=held.email, name=held.requested_name, password=held.requested_password)
            invitations.use_up(held, now)
            membership = Membership.objects.create(workspace=held.workspace, user=user, role=held.role)
            audit.record(principal, "let in", "person", held.email, role=held.role)
    except IntegrityError as error:
        raise _has_account(invitation) from error
    return membership


def _hold(principal: Principal, invitation: Invitation, now: datetime) -> Invitation:
    living = invitations.open_among(Invitation.objects.visible_to(principal), now)
    held = living.select_related("workspace").select_for_update(of=("self",)).filter(pk=invitation.pk).first()
    if held is None:
        raise NotFound(
            f"The invitation of {invitation.email} does not work any more.", "Its workspace can make a new one."
        )
    if held.requested_at is None:
        raise Conflict(f"Nobody has asked to join as {held.email}.", "Whoever has the link can join or ask by it.")
    if User.objects.filter(email=held.email).exists():
        raise _has_account(held)
    return held


def _has_account(invitation: Invitation) -> Conflict:
    return Conflict(
        f"{invitation.email} has an account, which nobody else may begin.",
        "Let them open the link and join with the password they have. Their workspace is not told.",
    )


def _require_site_admin(principal: Principal) -> None:
    if not principal.user.is_superuser:
        raise Forbidden("Only a site admin lets newcomers in.", "Ask whoever runs the platform.")
