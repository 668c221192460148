"""The site's own view of apps and their deployments: to look at, since operations alone change them."""

from django.contrib import admin
from django.http import HttpRequest

from deployments.models import App, Bundle, Deployment, Environment, Instance


class ReadOnly(admin.ModelAdmin):  # type: ignore[type-arg]
    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


@admin.register(App)
class AppAdmin(ReadOnly):
    list_display = ("name", "workspace", "owner", "desired_state", "active_deployment", "created_at", "deleted_at")
    list_select_related = ("workspace", "owner", "active_deployment__app")
    list_filter = ("desired_state",)
    search_fields = ("name", "host_label")


@admin.register(Deployment)
class DeploymentAdmin(ReadOnly):
    list_display = ("app", "number", "workspace", "state", "cause", "created_by_name", "created_at", "failure_kind")
    list_select_related = ("app", "workspace")
    list_filter = ("state", "cause", "failure_kind")
    search_fields = ("app__name",)


@admin.register(Bundle)
class BundleAdmin(ReadOnly):
    list_display = ("digest", "workspace", "size_bytes", "created_by_name", "created_at")
    list_select_related = ("workspace",)


@admin.register(Environment)
class EnvironmentAdmin(ReadOnly):
    list_display = ("key", "workspace", "python_version", "packages", "size_bytes", "created_at", "last_used_at")
    list_select_related = ("workspace",)


@admin.register(Instance)
class InstanceAdmin(ReadOnly):
    list_display = ("uuid", "deployment", "workspace", "state", "endpoint", "created_at")
    list_select_related = ("deployment__app", "workspace")
    list_filter = ("state",)
