"""Access tokens: whose they are and when they were used, never their text."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from workspaces.admin.asking import asks_first
from workspaces.admin.site import site
from workspaces.admin.tenant import TenantAdmin
from workspaces.models import AccessToken
from workspaces.operations import access_tokens
from workspaces.principals import Principal


class IsRevoked(admin.SimpleListFilter):
    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("living", "Not revoked"), ("revoked", "Revoked")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(revoked_at__isnull=self.value() == "living") if self.value() else queryset


@admin.register(AccessToken, site=site)
class AccessTokenAdmin(TenantAdmin):
    list_display = ("label", "person", "created_at", "last_used_at", "expires_at", "revoked_at")
    list_select_related = ("user", "workspace")
    list_filter = (IsRevoked,)
    search_fields = ("label", "user__email", "user__name")
    fields = list_display
    readonly_fields = list_display
    actions = ("revoke",)

    @admin.display(ordering="user__email")
    def person(self, token: AccessToken) -> str:
        return token.user.email

    @asks_first(
        "Revoke the tokens",
        consequence="Programs that use them are refused at once. This cannot be undone.",
        touches=lambda token: f"{token.label} of {token.user.email}",
    )
    def revoke(self, principal: Principal, token: AccessToken) -> None:
        access_tokens.revoke(principal, token, now=timezone.now())
