"""Secret scopes, what they hold without its values, and who may do what with them."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from workspaces.admin import access
from workspaces.admin.asking import asks_first
from workspaces.admin.forms import OperationAdmin, OperationForm
from workspaces.admin.site import site
from workspaces.admin.tenant import TenantAdmin
from workspaces.models import ScopeAcl, ScopePermission, Secret, SecretScope
from workspaces.operations import grantees, scope_acls, secret_scopes, secrets
from workspaces.principals import Principal


class NewScopeForm(OperationForm):
    name = forms.CharField(max_length=128, widget=UnfoldAdminTextInputWidget())

    class Meta:
        model = SecretScope
        fields = ("name",)

    def perform(self, principal: Principal) -> SecretScope:
        return secret_scopes.create(principal, name=self.cleaned_data["name"])


@admin.register(SecretScope, site=site)
class SecretScopeAdmin(OperationAdmin):
    form = NewScopeForm
    list_display = ("name", "keys", "grants", "created_by_name", "created_at")
    list_filter = ("created_at",)
    search_fields = ("name",)
    ordering = ("name",)
    actions = ("delete_scopes",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request)
        counted: QuerySet[Any] = rows.annotate(keys=_number_of(Secret), grants=_number_of(ScopeAcl))
        return counted

    def get_fields(self, request: HttpRequest, obj: object = None) -> list[str]:
        if obj is not None:
            return list(self.list_display)
        return ["workspace", "name"] if access.is_site_admin(request) else ["name"]

    def get_readonly_fields(self, request: HttpRequest, obj: object = None) -> list[str]:
        return list(self.list_display) if obj is not None else []

    @admin.display(ordering="keys")
    def keys(self, scope: Any) -> int:
        return int(scope.keys)

    @admin.display(ordering="grants")
    def grants(self, scope: Any) -> int:
        return int(scope.grants)

    @asks_first(
        "Delete the scopes",
        consequence="Their secrets and grants end at once and for ever. Apps that read them fail at their next start.",
        touches=lambda scope: f"{scope.name}: {scope.keys} keys, {scope.grants} grants",
    )
    def delete_scopes(self, principal: Principal, scope: SecretScope) -> None:
        secret_scopes.delete(principal, scope)


def _number_of(model: type[Secret | ScopeAcl]) -> Coalesce:
    """How many of them a scope has. Not joined: then each secret would meet each grant."""
    rows = model.objects.filter(scope=OuterRef("pk")).order_by().values("scope")
    return Coalesce(Subquery(rows.annotate(number=Count("pk")).values("number")), 0)


@admin.register(Secret, site=site)
class SecretAdmin(TenantAdmin):
    list_display = ("key", "scope_name", "updated_by_name", "updated_at", "created_at")
    list_select_related = ("scope", "workspace")
    list_filter = ("updated_at",)
    search_fields = ("key", "scope__name")
    ordering = ("scope__name", "key")
    fields = list_display
    readonly_fields = list_display
    actions = ("delete_secrets",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        # Not even the sealed value leaves the database for a list of keys.
        return super().get_queryset(request).defer("sealed")

    @admin.display(description="scope", ordering="scope__name")
    def scope_name(self, secret: Secret) -> str:
        return secret.scope.name

    @asks_first("Delete the secrets", consequence="Apps that read them fail at their next start.")
    def delete_secrets(self, principal: Principal, secret: Secret) -> None:
        secrets.delete(principal, secret.scope, key=secret.key)


class NewGrantForm(OperationForm):
    scope = forms.CharField(max_length=128, widget=UnfoldAdminTextInputWidget())
    grantee = forms.CharField(
        max_length=254,
        widget=UnfoldAdminTextInputWidget(),
        help_text="The e-mail address of a member, the name of a group, or admins or users.",
    )
    permission = forms.ChoiceField(choices=ScopePermission.choices, widget=UnfoldAdminSelectWidget())

    class Meta:
        model = ScopeAcl
        fields = ("permission",)

    def perform(self, principal: Principal) -> ScopeAcl:
        scope = secret_scopes.find(principal, self.cleaned_data["scope"])
        permission = ScopePermission(self.cleaned_data["permission"])
        grant = scope_acls.put(principal, scope, grantee=self.cleaned_data["grantee"], permission=permission)
        return ScopeAcl.objects.filter(grantees.matching(grant.grantee) & Q(scope=scope)).get()


@admin.register(ScopeAcl, site=site)
class ScopeAclAdmin(OperationAdmin):
    form = NewGrantForm
    list_display = ("holder", "permission", "scope_name")
    list_select_related = ("scope", "user", "group", "workspace")
    list_filter = ("permission",)
    search_fields = ("scope__name", "user__email", "group__name", "builtin_group")
    ordering = ("scope__name", "pk")
    actions = ("revoke",)

    def get_fields(self, request: HttpRequest, obj: object = None) -> list[str]:
        if obj is not None:
            return list(self.list_display)
        choice = ["workspace"] if access.is_site_admin(request) else []
        return [*choice, "scope", "grantee", "permission"]

    def get_readonly_fields(self, request: HttpRequest, obj: object = None) -> list[str]:
        return list(self.list_display) if obj is not None else []

    @admin.display(description="who")
    def holder(self, acl: ScopeAcl) -> str:
        return grantees.name_of(acl)

    @admin.display(description="scope", ordering="scope__name")
    def scope_name(self, acl: ScopeAcl) -> str:
        return acl.scope.name

    @asks_first(
        "Take the permissions back",
        consequence="Whoever has nothing else on the scope loses it at once; an app fails at its next start.",
        touches=lambda acl: f"{grantees.name_of(acl)}: {acl.permission} on {acl.scope.name}",
    )
    def revoke(self, principal: Principal, acl: ScopeAcl) -> None:
        scope_acls.delete(principal, acl.scope, grantee=grantees.name_of(acl))
