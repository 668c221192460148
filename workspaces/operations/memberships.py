"""Who is in a workspace, and as what. People are deactivated, never deleted."""

from datetime import datetime
from typing import cast

from django.db import transaction
from django.db.models import DateTimeField, Max, OuterRef, Q, Subquery
from django.db.models.functions import Greatest

from workspaces import audit, password_links
from workspaces.errors import Conflict, Forbidden, Invalid, NotFound
from workspaces.models import AccessToken, Invitation, Membership, Role, Workspace
from workspaces.permissions import Permission, require
from workspaces.principals import Principal
from workspaces.querysets import WorkspaceQuerySet


def all(principal: Principal) -> WorkspaceQuerySet[Membership]:
    """The members, also deactivated ones, each with ``seen_at``: last use of this workspace, by page or by token."""
    require(principal, Permission.MANAGE_PEOPLE)
    tokens = AccessToken.objects.filter(workspace=OuterRef("workspace"), user=OuterRef("user")).order_by()
    newest = tokens.values("user").annotate(newest=Max("last_used_at")).values("newest")
    seen_at = Greatest("last_seen_at", Subquery(newest), output_field=DateTimeField())
    members = Membership.objects.visible_to(principal).select_related("user").annotate(seen_at=seen_at)
    return cast(WorkspaceQuerySet[Membership], members)


def set_role(principal: Principal, membership: Membership, role: str, *, now: datetime) -> Membership:
    """Raises ``Invalid`` for an unknown role, ``Conflict`` when nobody would be left to manage the workspace."""
    if role not in Role.values:
        raise Invalid(f"There is no role {role[:40]!r}.", f"A role is one of: {', '.join(Role.values)}.")
    with transaction.atomic():
        held = _hold(principal, membership)
        if held.role != role:
            if role != Role.ADMIN:
                _leave_an_admin(held, "demoted")
                _revoke_invitations_of(held, now)
            Membership.objects.filter(pk=held.pk).update(role=role)
            audit.record(principal, "changed", "member", held.user.email, role=role)
    held.role = role
    return held


def deactivate(principal: Principal, membership: Membership, *, now: datetime) -> Membership:
    """End somebody's access at once: their tokens and the invitations they made end for good, their sessions find
    no workspace here. A second time changes nothing."""
    with transaction.atomic():
        held = _hold(principal, membership)
        if held.deactivated_at is None:
            _leave_an_admin(held, "deactivated")
            Membership.objects.filter(pk=held.pk).update(deactivated_at=now)
            living = AccessToken.objects.filter(workspace=held.workspace, user=held.user, revoked_at=None)
            ended = living.update(revoked_at=now)
            _revoke_invitations_of(held, now)
            audit.record(principal, "deactivated", "member", held.user.email, revoked_tokens=ended)
            held.deactivated_at = now
    return held


def reactivate(principal: Principal, membership: Membership) -> Membership:
    """Let somebody in again, in their old role and groups, with new tokens. A second time changes nothing."""
    with transaction.atomic():
        held = _hold(principal, membership)
        if held.deactivated_at is not None:
            Membership.objects.filter(pk=held.pk).update(deactivated_at=None)
            audit.record(principal, "reactivated", "member", held.user.email)
            held.deactivated_at = None
    return held


def make_password_link(principal: Principal, membership: Membership) -> str:
    """An address where this person can choose a new password, for a site admin to hand over.

    Others are refused for everybody alike: whoever holds a link becomes its person in every workspace, and a refusal
    for some would tell who is in another one.
    """
    with transaction.atomic():
        held = _hold(principal, membership)
        user = held.user
        if not principal.user.is_superuser:
            raise Forbidden(
                "Only a site admin makes a link for a new password.",
                "Where mail is set up, people ask for one when they sign in.",
            )
        if user.is_staff or user.is_superuser or not user.is_active or held.deactivated_at is not None:
            raise Forbidden(
                f"You cannot make a link for {user.email} here.",
                "Whoever runs the platform can: manage.py password_link.",
            )
        audit.record(principal, "made a password link for", "member", user.email)
        return password_links.make(user)


def _hold(principal: Principal, membership: Membership) -> Membership:
    """The row as it is now, and the workspace's until the transaction ends: two admins cannot remove each other."""
    require(principal, Permission.MANAGE_PEOPLE)
    Workspace.objects.select_for_update(no_key=True).get(pk=principal.workspace.pk)
    visible = Membership.objects.visible_to(principal).select_related("user", "workspace")
    held = visible.filter(pk=membership.pk).first()
    if held is None:
        raise NotFound("There is no such member in this workspace.", "The list of people shows those there are.")
    _require_admin(principal)
    return held


def _require_admin(principal: Principal) -> None:
    """Whoever was demoted or deactivated a moment ago decides nothing any more."""
    mine = Membership.objects.filter(user=principal.user, workspace=principal.workspace, deactivated_at=None)
    if mine.filter(role=Role.ADMIN).exists():
        return
    if principal.user.is_superuser:
        raise Forbidden(
            f"You are no admin of {principal.workspace.name}, and who is in it is decided by its own admins.",
            "Ask one of them, also to invite you.",
        )
    raise Forbidden("You are no longer an admin of this workspace.", "Ask one of its admins.")


def _leave_an_admin(membership: Membership, done: str) -> None:
    admins = Membership.objects.filter(
        workspace=membership.workspace, role=Role.ADMIN, deactivated_at=None, user__is_active=True
    )
    if membership.role == Role.ADMIN and not admins.exclude(pk=membership.pk).exists():
        raise Conflict(
            f"{membership.user} is the last admin of {membership.workspace.name} and cannot be {done}.",
            "Make somebody else an admin first.",
        )


def _revoke_invitations_of(membership: Membership, now: datetime) -> None:
    """Somebody who leaves must not come back through a link of their own."""
    mine = Q(workspace=membership.workspace, created_by=membership.user)
    Invitation.objects.filter(mine, accepted_at=None, revoked_at=None).update(revoked_at=now, requested_password="")
