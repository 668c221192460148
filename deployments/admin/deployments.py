"""Deployments, and the instances that run them."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from deployments.models import Bundle, Deployment, Instance
from deployments.operations import deployments
from workspaces.admin.asking import asks_first
from workspaces.admin.site import site
from workspaces.admin.tenant import TenantAdmin
from workspaces.principals import Principal


@admin.register(Deployment, site=site)
class DeploymentAdmin(TenantAdmin):
    list_display = ("app_name", "number", "state", "cause", "created_by_name", "created_at", "failure_kind")
    list_select_related = ("app", "workspace")
    list_filter = ("state", "cause")
    search_fields = ("app__name", "created_by_name")
    fields = (
        "app_name", "number", "state", "cause", "is_draft", "created_by_name", "created_at", "state_changed_at",
        "finished_at", "failure_kind", "failure_message", "failure_hint",
    )  # fmt: skip
    readonly_fields = fields
    actions = ("cancel",)

    @admin.display(description="app", ordering="app__name")
    def app_name(self, deployment: Deployment) -> str:
        return deployment.app.name

    @asks_first("Cancel the deployments", consequence="They end without serving; what serves now goes on.")
    def cancel(self, principal: Principal, deployment: Deployment) -> None:
        deployments.cancel(principal, deployment.app, deployment, now=timezone.now())


@admin.register(Bundle, site=site)
class BundleAdmin(TenantAdmin):
    list_display = ("digest", "size_bytes", "created_by_name", "created_at")
    list_filter = ("created_at",)
    search_fields = ("digest", "created_by_name")
    fields = list_display
    readonly_fields = list_display


@admin.register(Instance, site=site)
class InstanceAdmin(TenantAdmin):
    list_display = ("engine_id", "deployment_name", "state", "exit_code", "created_at", "state_changed_at")
    list_select_related = ("deployment__app", "workspace")
    list_filter = ("state",)
    search_fields = ("deployment__app__name",)
    fields = list_display
    readonly_fields = list_display

    @admin.display(description="deployment", ordering="deployment__app__name")
    def deployment_name(self, instance: Instance) -> str:
        return str(instance.deployment)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        # The command and variables of a deployment are no reading for a list.
        return super().get_queryset(request).defer("deployment__settings", "deployment__launch")
