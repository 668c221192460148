"""Environments that a workspace's deployments use, and clearing them."""

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.template.defaultfilters import filesizeformat
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString

from deployments.models import Environment
from deployments.operations import clearing
from workspaces.admin import access
from workspaces.admin.asking import asks_first
from workspaces.admin.site import site
from workspaces.admin.tenant import TenantAdmin
from workspaces.models import Workspace
from workspaces.principals import Principal

#: One environment may serve hundreds.
SHOWN_APPS = 3


def line(environment: Any) -> str:
    return (
        f"{environment.key}: Python {environment.python_version}, {environment.packages} packages,"
        f" {filesizeformat(environment.size_bytes)}, {environment.running} running"
    )


@admin.register(Environment, site=site)
class EnvironmentAdmin(TenantAdmin):
    """A shared environment is shown to those who use it; when others made or used it is not for them to know."""

    list_display = ("key", "python", "packages", "size", "users", "running", "last_use", "state")
    list_filter = ("python_version",)
    search_fields = ("key", "python_version")
    search_help_text = "Key or Python"
    fields = (*list_display, "created_at", "last_used_at")
    readonly_fields = fields
    actions = ("clear",)
    list_before_template = "admin/environments_told.html"

    def in_workspace(self, workspace: Workspace) -> Q:
        return clearing.known_to(workspace)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        principal = None if access.is_site_admin(request) else access.administers(request)
        rows: QuerySet[Any] = super().get_queryset(request)
        return clearing.in_use(rows, principal.workspace if principal else None)

    def principal_for(self, request: HttpRequest, row: Any) -> Principal:
        """A shared one belongs to nobody: it is cleared by whoever administers a workspace, for that one."""
        principal = access.administers(request)
        administered = principal.workspace if principal else Workspace.objects.order_by("pk")[0]
        return access.acting_in(request, row.workspace or administered)

    def get_fields(self, request: HttpRequest, obj: object = None) -> list[str]:
        """Of a shared one only site admins see when others made and used it."""
        return (
            [*self.list_display, "workspace", "created_at", "last_used_at"]
            if access.is_site_admin(request)
            else list(self.list_display)
        )

    def get_readonly_fields(self, request: HttpRequest, obj: object = None) -> list[str]:
        return self.get_fields(request, obj)

    def get_list_display(self, request: HttpRequest) -> list[str]:
        return [*self.list_display, "whose"] if access.is_site_admin(request) else list(self.list_display)

    @admin.display(description="of", ordering="workspace__name")
    def whose(self, environment: Any) -> str:
        return environment.workspace.name if environment.workspace else "everybody"

    @admin.display(ordering="size_bytes")
    def size(self, environment: Any) -> SafeString | str:
        """All of it, and of that what it alone takes: the rest is on the disk once, for all environments."""
        if not environment.size_bytes:
            return "being made" if environment.built_at is None else filesizeformat(0)
        own = 100 * environment.own_bytes / environment.size_bytes
        return format_html(
            '<span class="share">{}<svg viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">'
            '<rect width="{}" height="6"/></svg><small>{} its own, {} shared</small></span>',
            filesizeformat(environment.size_bytes), f"{max(own, 1):.1f}",
            filesizeformat(environment.own_bytes), filesizeformat(environment.shared_bytes),
        )  # fmt: skip

    @admin.display(description="Python", ordering="python_version")
    def python(self, environment: Any) -> str:
        return str(environment.python_version)

    @admin.display(description="apps")
    def users(self, environment: Any) -> str:
        shown, more = environment.apps[:SHOWN_APPS], len(environment.apps) - SHOWN_APPS
        return ", ".join(shown) + (f" and {more} more" if more > 0 else "") or "none"

    @admin.display(ordering="running")
    def running(self, environment: Any) -> int:
        return int(environment.running)

    @admin.display(description="last deployed", ordering="last_used_here")
    def last_use(self, environment: Any) -> str:
        used = environment.last_used_here
        return f"{date_format(used, 'j M Y H:i')} UTC" if used else "never"

    @admin.display(description="state")
    def state(self, environment: Any) -> str:
        return format_html('<span class="nowrap">{}</span>', self._state(environment))

    def _state(self, environment: Any) -> str:
        """What comes of it: nothing new uses one that was cleared."""
        if environment.cleared_at is not None:
            return environment.cleared_because or "cleared"
        if environment.is_avoided:
            return "cleared for this workspace"
        return "in use" if environment.running or environment.apps else "not in use"

    @asks_first(
        "Clear the environments",
        consequence="What runs in them goes on. The next deployment of each app, and its next start, make another one. "
        "An admin of a workspace clears shared ones for that workspace only.",
        touches=line,
    )
    def clear(self, principal: Principal, environment: Environment) -> None:
        clearing.clear(principal, environment, for_all=principal.user.is_superuser)
