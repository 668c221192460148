"""External and prohibited packages: a workspace's admins keep theirs and see the site's, site admins keep both."""

from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from deployments.pipeline import external_checks
from packagerepos.models import ExternalPackage, ProhibitedPackage
from packagerepos.operations import listed_packages
from packagerepos.operations.listed_packages import Actor, Row, SiteAdmin
from workspaces import sessions
from workspaces.admin import access
from workspaces.admin.asking import asks_first
from workspaces.admin.forms import OperationAdmin, OperationForm
from workspaces.admin.site import site
from workspaces.models import User, Workspace
from workspaces.principals import Principal


def acting_on(request: HttpRequest, workspace: Workspace | None) -> Actor:
    """Who asks about the list of ``workspace``, or of the site; the operation decides whether they may."""
    if workspace is not None:
        return access.acting_in(request, workspace)
    if access.is_site_admin(request):
        return SiteAdmin(cast(User, request.user), sessions.address(request))
    return cast(Principal, access.administers(request))


class NewListedPackageForm(OperationForm):
    workspace = forms.ModelChoiceField(
        Workspace.objects.order_by("name"),
        required=False,
        empty_label="The site: all workspaces",
        widget=UnfoldAdminSelectWidget(),
    )
    name = forms.CharField(
        max_length=200, widget=UnfoldAdminTextInputWidget(), help_text="Without versions; any spelling of the name."
    )
    note = forms.CharField(
        required=False, max_length=listed_packages.MAX_NOTE, widget=UnfoldAdminTextInputWidget(), help_text="Why."
    )

    def principal(self) -> Any:
        if "workspace" in self.fields:
            return acting_on(self.request, self.cleaned_data["workspace"])
        return super().principal()

    def perform(self, principal: Any) -> Model:
        kind = ExternalPackage if self._meta.model is ExternalPackage else ProhibitedPackage
        return listed_packages.add(principal, kind, name=self.cleaned_data["name"], note=self.cleaned_data["note"])


class NewExternalPackageForm(NewListedPackageForm):
    class Meta:
        model = ExternalPackage
        fields = ("name", "note")


class NewProhibitedPackageForm(NewListedPackageForm):
    class Meta:
        model = ProhibitedPackage
        fields = ("name", "note")


class LevelFilter(admin.SimpleListFilter):
    title = "level"
    parameter_name = "level"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("site", "The site's"), ("workspace", "A workspace's")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(workspace__isnull=self.value() == "site") if self.value() else queryset


class ListedPackageAdmin(OperationAdmin):
    list_display = ("name", "whose", "note", "created_by_name", "created_at")
    list_filter = (LevelFilter, ("created_at", admin.DateFieldListFilter))
    search_fields = ("name", "note")
    search_help_text = "Name or note"
    ordering = ("name", "pk")
    actions = ("take_off",)

    def in_workspace(self, workspace: Workspace) -> Q:
        return Q(workspace=workspace) | Q(workspace=None)

    def principal_for(self, request: HttpRequest, row: Any) -> Any:
        return acting_on(request, row.workspace)

    def get_fields(self, request: HttpRequest, obj: object = None) -> list[str]:
        if obj is not None:
            return list(self.list_display)
        return ["workspace", "name", "note"] if access.is_site_admin(request) else ["name", "note"]

    def get_readonly_fields(self, request: HttpRequest, obj: object = None) -> list[str]:
        return list(self.list_display) if obj is not None else []

    @admin.display(description="level", ordering="workspace")
    def whose(self, row: Any) -> str:
        return "The site" if row.workspace_id is None else "The workspace"

    @asks_first(
        "Take off the list",
        consequence="Builds that are requested from now on know nothing of it. What runs is left alone.",
        touches=lambda row: f"{row.name} ({row.level})",
    )
    def take_off(self, actor: Actor, row: Row) -> None:
        listed_packages.remove(actor, row)


@admin.register(ExternalPackage, site=site)
class ExternalPackageAdmin(ListedPackageAdmin):
    form = NewExternalPackageForm

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        for sentence in external_checks.lacking([obj.name]):
            messages.warning(request, f"{sentence} Builds with it that need this package will fail.")


@admin.register(ProhibitedPackage, site=site)
class ProhibitedPackageAdmin(ListedPackageAdmin):
    form = NewProhibitedPackageForm
