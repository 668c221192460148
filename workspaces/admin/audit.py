"""The audit: to search, never to change."""

from django.contrib import admin

from workspaces.admin.site import site
from workspaces.admin.tenant import TenantAdmin
from workspaces.models import AuditEvent


@admin.register(AuditEvent, site=site)
class AuditEventAdmin(TenantAdmin):
    list_display = ("at", "actor_name", "verb", "object_type", "object_name", "address")
    list_filter = (
        ("object_type", admin.AllValuesFieldListFilter),
        ("verb", admin.AllValuesFieldListFilter),
        ("at", admin.DateFieldListFilter),
    )
    search_fields = ("actor_name", "object_name")
    search_help_text = "Who, or the name of what"
    fields = ("at", "actor_name", "verb", "object_type", "object_name", "address", "details")
    readonly_fields = fields
    list_display_links = ("at",)
