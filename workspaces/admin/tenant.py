"""The base of every table in the admin: rows of the administered workspace, changed by operations only."""

from collections.abc import Sequence
from typing import Any, NoReturn

from django.contrib import admin
from django.db.models import Model, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from unfold.admin import ModelAdmin

from workspaces.admin import access
from workspaces.models import Workspace
from workspaces.principals import Principal

#: What the sidebar's own filters ask. Others would let people guess at columns that are not shown, a letter at a time.
LOOKUPS = frozenset({"", "exact", "isnull", "gte", "lt"})


class WorkspaceFilter(admin.SimpleListFilter):
    """For site admins alone."""

    title = "workspace"
    parameter_name = "in"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(slug, name) for slug, name in Workspace.objects.order_by("name").values_list("slug", "name")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(workspace__slug=self.value()) if self.value() else queryset


class TenantAdmin(ModelAdmin):  # type: ignore[misc]
    """Rows to look at. What can be done to them stands in ``actions``, each an operation that asks first."""

    list_per_page = 50
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    ordering: Sequence[str] = ("-pk",)
    list_select_related: Sequence[str] | bool = ("workspace",)

    def in_workspace(self, workspace: Workspace) -> Q:
        return Q(workspace=workspace)

    def principal_for(self, request: HttpRequest, row: Any) -> Principal:
        """Who acts on a row. Raises ``NotFound`` for a row of a workspace that the person does not administer."""
        return access.acting_in(request, row.workspace)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request)
        if access.is_site_admin(request):
            return rows
        principal = access.administers(request)
        return rows.filter(self.in_workspace(principal.workspace)) if principal else rows.none()

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return access.may_enter(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def get_list_display(self, request: HttpRequest) -> list[str]:
        shown = list(super().get_list_display(request))
        return [*shown, "workspace"] if access.is_site_admin(request) else shown

    def get_list_filter(self, request: HttpRequest) -> list[Any]:
        filters = list(super().get_list_filter(request))
        return [WorkspaceFilter, *filters] if access.is_site_admin(request) else filters

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        filters = [entry[0] if isinstance(entry, tuple) else entry for entry in self.get_list_filter(request)]
        # Filters of our own answer by their own name; what it may hold, they say themselves.
        if lookup in {entry.parameter_name for entry in filters if not isinstance(entry, str)}:
            return True
        field, _, kind = lookup.partition("__")
        return field in filters and kind in LOOKUPS

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The audit is the history: nothing is changed here that it does not know."""
        row = self.get_object(request, object_id)
        if row is None:
            raise Http404
        address = reverse("admin:workspaces_auditevent_changelist", query={"q": str(row)})
        return redirect(address)

    def _get_obj_does_not_exist_redirect(self, request: HttpRequest, opts: object, object_id: str) -> NoReturn:
        """Another workspace's row is not found, like one that never was."""
        raise Http404

    def log_addition(self, request: HttpRequest, obj: Model, message: object) -> None:
        """The operation has written its row of the audit."""

    def log_change(self, request: HttpRequest, obj: Model, message: object) -> None:
        """The operation has written its row of the audit."""


class SiteAdminsOnly(TenantAdmin):
    """What belongs to no workspace: for others it does not exist, in no dropdown either."""

    list_select_related = False

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return access.is_site_admin(request)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = super(TenantAdmin, self).get_queryset(request)
        return rows if access.is_site_admin(request) else rows.none()  # type: ignore[no-any-return]

    def get_list_display(self, request: HttpRequest) -> list[str]:
        return list(self.list_display)

    def get_list_filter(self, request: HttpRequest) -> list[Any]:
        return list(self.list_filter)
