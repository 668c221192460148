"""Environments that a workspace's deployments use, and clearing them."""

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.template.defaultfilters import filesizeformat

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

    list_display = (
        "key", "python_version", "packages", "size", "own", "shared", "users", "running", "last_use", "is_cleared",
    )  # fmt: skip
    list_filter = ("python_version",)
    search_fields = ("key", "python_version")
    fields = list_display
    readonly_fields = list_display
    actions = ("clear",)

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

    def get_list_display(self, request: HttpRequest) -> list[str]:
        shown = super().get_list_display(request)
        return [*shown, "created_at", "last_used_at"] if access.is_site_admin(request) else shown

    @admin.display(ordering="size_bytes")
    def size(self, environment: Any) -> str:
        return filesizeformat(environment.size_bytes)

    @admin.display(description="its own", ordering="own_bytes")
    def own(self, environment: Any) -> str:
        return filesizeformat(environment.own_bytes)

    @admin.display(description="of the store", ordering="shared_bytes")
    def shared(self, environment: Any) -> str:
        return filesizeformat(environment.shared_bytes)

    @admin.display(description="apps")
    def users(self, environment: Any) -> str:
        shown, more = environment.apps[:SHOWN_APPS], len(environment.apps) - SHOWN_APPS
        return ", ".join(shown) + (f" and {more} more" if more > 0 else "") or "none"

    @admin.display(ordering="running")
    def running(self, environment: Any) -> int:
        return int(environment.running)

    @admin.display(description="last deployed", ordering="last_used_here")
    def last_use(self, environment: Any) -> Any:
        return environment.last_used_here

    @admin.display(description="cleared", boolean=True)
    def is_cleared(self, environment: Any) -> bool:
        return environment.cleared_at is not None or bool(environment.is_avoided)

    @asks_first(
        "Clear the environments",
        consequence="What runs in them goes on. The next deployment of each app, and its next start, make another one. "
        "An admin of a workspace clears shared ones for that workspace only.",
        touches=line,
    )
    def clear(self, principal: Principal, environment: Environment) -> None:
        clearing.clear(principal, environment, for_all=principal.user.is_superuser)
