"""What belongs to no workspace: accounts and the workspaces themselves, for site admins."""

from django.contrib import admin

from workspaces.admin.site import site
from workspaces.admin.tenant import SiteAdminsOnly
from workspaces.models import User, Workspace


@admin.register(User, site=site)
class UserAdmin(SiteAdminsOnly):
    """To look at: who runs the site is decided on its machine, who is in a workspace by that workspace's admins."""

    list_display = ("email", "name", "is_active", "is_superuser", "created_at", "last_login")
    list_filter = ("is_active", "is_superuser")
    search_fields = ("email", "name")
    ordering = ("email",)
    fields = list_display
    readonly_fields = list_display


@admin.register(Workspace, site=site)
class WorkspaceAdmin(SiteAdminsOnly):
    list_display = ("slug", "name", "created_at")
    search_fields = ("slug", "name")
    ordering = ("slug",)
    fields = list_display
    readonly_fields = list_display
