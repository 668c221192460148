"""The site's own view of people and workspaces. Rows are made by operations, so nothing is added here."""

from django.conf import settings
from django.contrib import admin
from django.contrib.admin.views.decorators import staff_member_required
from django.http import HttpRequest

from workspaces.models import AccessToken, AuditEvent, Membership, User, Workspace

# One door: the platform's own sign-in, which limits guesses.
admin.site.login = staff_member_required(admin.site.login, login_url=settings.LOGIN_URL)  # type: ignore[method-assign]


class Kept(admin.ModelAdmin):  # type: ignore[type-arg]
    """Rows that are looked at, and neither made nor removed here."""

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


class ReadOnly(Kept):
    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


@admin.register(User)
class UserAdmin(Kept):
    list_display = ("email", "name", "is_active", "is_staff", "created_at")
    search_fields = ("email", "name")
    fields = ("email", "name", "is_active", "is_staff", "is_superuser", "created_at", "last_login")
    readonly_fields = ("email", "created_at", "last_login")


@admin.register(Workspace)
class WorkspaceAdmin(Kept):
    list_display = ("slug", "name", "created_at")
    search_fields = ("slug", "name")
    fields = ("slug", "name", "created_at")
    readonly_fields = ("slug", "created_at")


@admin.register(Membership)
class MembershipAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("user", "workspace", "role", "created_at")
    list_select_related = ("user", "workspace")
    list_filter = ("role",)
    autocomplete_fields = ("user", "workspace")


@admin.register(AccessToken)
class AccessTokenAdmin(ReadOnly):
    list_display = ("label", "user", "workspace", "created_at", "last_used_at", "expires_at", "revoked_at")
    list_select_related = ("user", "workspace")
    exclude = ("digest",)


@admin.register(AuditEvent)
class AuditEventAdmin(ReadOnly):
    list_display = ("at", "workspace", "actor_name", "verb", "object_type", "object_name")
    list_select_related = ("workspace",)
    list_filter = ("object_type", "verb")
    search_fields = ("actor_name", "object_name")
