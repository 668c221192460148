"""Members and invitations of a workspace."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from workspaces.admin import access
from workspaces.admin.asking import asks_first
from workspaces.admin.site import site
from workspaces.admin.tenant import TenantAdmin
from workspaces.models import Invitation, Membership, Role
from workspaces.operations import invitations, join_requests, memberships
from workspaces.principals import Principal


def line(member: Membership) -> str:
    return f"{member.user} ({member.user.email}), {member.get_role_display().lower()}"


class IsActive(admin.SimpleListFilter):
    title = "access"
    parameter_name = "access"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("active", "Active"), ("deactivated", "Deactivated")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(deactivated_at__isnull=self.value() == "active") if self.value() else queryset


@admin.register(Membership, site=site)
class MembershipAdmin(TenantAdmin):
    list_display = ("email", "person", "role", "is_active", "created_at", "last_seen_at")
    list_select_related = ("user", "workspace")
    list_filter = ("role", IsActive)
    search_fields = ("user__email", "user__name")
    search_help_text = "Name or e-mail address"
    fields = ("email", "person", "role", "created_at", "deactivated_at", "last_seen_at")
    readonly_fields = fields
    actions = ("make_admin", "make_member", "deactivate", "reactivate")

    @admin.display(ordering="user__email")
    def email(self, member: Membership) -> str:
        return member.user.email

    @admin.display(ordering="user__name")
    def person(self, member: Membership) -> str:
        return member.user.name

    @admin.display(boolean=True, description="active")
    def is_active(self, member: Membership) -> bool:
        return member.deactivated_at is None and member.user.is_active

    @asks_first(
        "Make them admins", consequence="They will be able to change everything in the workspace.", touches=line
    )
    def make_admin(self, principal: Principal, member: Membership) -> None:
        memberships.set_role(principal, member, Role.ADMIN, now=timezone.now())

    @asks_first(
        "Make them members", consequence="They will no longer manage people, groups or this workspace.", touches=line
    )
    def make_member(self, principal: Principal, member: Membership) -> None:
        memberships.set_role(principal, member, Role.MEMBER, now=timezone.now())

    @asks_first(
        "Deactivate them",
        consequence="Their access to the workspace ends at once, their tokens for good. What they made stays.",
        touches=line,
    )
    def deactivate(self, principal: Principal, member: Membership) -> None:
        memberships.deactivate(principal, member, now=timezone.now())

    @asks_first("Reactivate them", consequence="They come back in their old role, without tokens.", touches=line)
    def reactivate(self, principal: Principal, member: Membership) -> None:
        memberships.reactivate(principal, member)


def request_line(invitation: Invitation) -> str:
    """ "dora@example.org, called Dora: member of Acme, asked on 1 Jan 2026 at 13:00 UTC from 192.0.2.7" """
    asked_at = f"{invitation.requested_at:%d %b %Y at %H:%M} UTC" if invitation.requested_at else "never"
    return (
        f"{invitation.email}, called {invitation.requested_name or 'nothing'}: "
        f"{invitation.get_role_display().lower()} of {invitation.workspace.name}, "
        f"asked {asked_at} from {invitation.requested_from or 'an unknown address'}"
    )


class InvitationState(admin.SimpleListFilter):
    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("open", "Open"), ("waiting", "Waiting for a site admin"), ("over", "Used, revoked or ended")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        living = invitations.open_among(queryset, timezone.now())  # type: ignore[arg-type]
        states = {
            "open": living.filter(requested_at=None),
            "waiting": living.exclude(requested_at=None),
            "over": queryset.exclude(pk__in=living.values("pk")),
        }
        return states.get(self.value() or "", queryset)


@admin.register(Invitation, site=site)
class InvitationAdmin(TenantAdmin):
    list_display = (
        "email", "role", "created_by_name", "created_at", "requested_at", "expires_at", "accepted_at", "revoked_at"
    )  # fmt: skip
    list_filter = (InvitationState, "role")
    search_fields = ("email",)
    fields = list_display
    readonly_fields = list_display
    actions = ("let_in", "revoke")

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        offered: dict[str, Any] = super().get_actions(request)
        if not access.is_site_admin(request):
            offered.pop("let_in", None)
        return offered

    @asks_first(
        "Let them in",
        consequence="Each begins an account with the name and password that were typed behind the link, and joins. "
        "Ask them first, by another way, whether it was them: whoever made the link may have typed it.",
        touches=request_line,
    )
    def let_in(self, principal: Principal, invitation: Invitation) -> None:
        join_requests.let_in(principal, invitation, now=timezone.now())

    @asks_first("Revoke the invitations", consequence="Their links end at once.", touches=lambda row: str(row.email))
    def revoke(self, principal: Principal, invitation: Invitation) -> None:
        invitations.revoke(principal, invitation, now=timezone.now())
