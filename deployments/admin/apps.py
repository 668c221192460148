"""Apps and the names of their environment variables."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from deployments.models import App, EnvVar
from deployments.operations import apps
from workspaces.admin.asking import asks_first
from workspaces.admin.site import site
from workspaces.admin.tenant import TenantAdmin
from workspaces.principals import Principal


def line(app: App) -> str:
    return f"{app.name}, {app.state.label.lower()}, at {app.host}"


class IsDeleted(admin.SimpleListFilter):
    title = "life"
    parameter_name = "life"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("living", "Living"), ("deleted", "Deleted")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(deleted_at__isnull=self.value() == "living") if self.value() else queryset


@admin.register(App, site=site)
class AppAdmin(TenantAdmin):
    list_display = ("name", "title", "owner_email", "state", "created_at", "deleted_at")
    list_select_related = ("workspace", "owner", "active_deployment")
    list_filter = ("desired_state", IsDeleted)
    search_fields = ("name", "title", "host_label", "owner__email")
    ordering = ("name", "pk")
    fields = (
        "name", "title", "owner_email", "state", "url", "access", "instances", "readiness_path", "startup_s",
        "start_timeout_s", "created_by_name", "created_at", "updated_at", "deleted_at",
    )  # fmt: skip
    readonly_fields = fields
    actions = ("start", "stop", "delete_apps", "restore")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        # Here and not by list_select_related, which is not looked at where with_state() has selected some already.
        return super().get_queryset(request).with_state().select_related("owner")  # type: ignore[attr-defined, no-any-return]

    @admin.display(description="owner", ordering="owner__email")
    def owner_email(self, app: App) -> str:
        return app.owner.email

    @admin.display
    def state(self, app: App) -> str:
        return str(app.state.label)

    @asks_first("Start the apps", consequence="Their active deployments run again, without a build.", touches=line)
    def start(self, principal: Principal, app: App) -> None:
        apps.start(principal, app)

    @asks_first(
        "Stop the apps",
        consequence="Their instances end; visitors read that the app is stopped.",
        touches=line,
    )
    def stop(self, principal: Principal, app: App) -> None:
        apps.stop(principal, app)

    @asks_first(
        "Delete the apps",
        consequence="Their addresses end at once. They can be restored for some days, then all of theirs is gone.",
        touches=line,
    )
    def delete_apps(self, principal: Principal, app: App) -> None:
        apps.delete(principal, app, now=timezone.now())

    @asks_first("Restore the apps", consequence="Those that were deleted come back, stopped.", touches=line)
    def restore(self, principal: Principal, app: App) -> None:
        apps.restore(principal, app)


@admin.register(EnvVar, site=site)
class EnvVarAdmin(TenantAdmin):
    """Names and where values come from. The values are the app's own business, and stand on its page."""

    list_display = ("name", "app_name", "secret_scope", "secret_key", "updated_by_name", "updated_at")
    list_select_related = ("app", "workspace")
    list_filter = ("updated_at",)
    search_fields = ("name", "app__name", "secret_scope", "secret_key")
    ordering = ("app__name", "name")
    fields = list_display
    readonly_fields = list_display

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).defer("value")

    @admin.display(description="app", ordering="app__name")
    def app_name(self, variable: EnvVar) -> str:
        return variable.app.name
