"""Environments that a workspace's deployments use."""

from typing import Any

from django.contrib import admin
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest

from deployments.models import Deployment, Environment
from workspaces.admin import access
from workspaces.admin.site import site
from workspaces.admin.tenant import TenantAdmin
from workspaces.models import Workspace


@admin.register(Environment, site=site)
class EnvironmentAdmin(TenantAdmin):
    """A shared environment is shown to those who use it; when others made or used it is not for them to know."""

    list_display = ("key", "python_version", "packages", "size_bytes", "used_by")
    list_filter = ("python_version",)
    search_fields = ("key", "python_version")
    fields = list_display
    readonly_fields = list_display

    def in_workspace(self, workspace: Workspace) -> Q:
        used = Deployment.objects.filter(environment=OuterRef("pk"), workspace=workspace)
        return Q(workspace=workspace) | Q(Exists(used))

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        principal = None if access.is_site_admin(request) else access.administers(request)
        mine = Q(deployments__workspace=principal.workspace) if principal else Q()
        rows: QuerySet[Any] = super().get_queryset(request)
        counted: QuerySet[Any] = rows.annotate(used_by=Count("deployments", filter=mine))
        return counted

    def get_list_display(self, request: HttpRequest) -> list[str]:
        shown = super().get_list_display(request)
        return [*shown, "created_at", "last_used_at"] if access.is_site_admin(request) else shown

    @admin.display(description="deployments", ordering="used_by")
    def used_by(self, environment: Any) -> int:
        return int(environment.used_by)
