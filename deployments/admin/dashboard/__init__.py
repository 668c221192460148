"""The first page of the admin: how a workspace is, or for site admins how the site is."""

from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from deployments.admin.dashboard import site, workspace
from workspaces.admin import access


def fill(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """What the page shows beside its tables; called by the admin's index (``UNFOLD`` in the settings)."""
    if access.is_site_admin(request):
        return {**context, "dashboard": site.read(timezone.now())}
    principal = access.administers(request)
    return {**context, "dashboard": workspace.read(principal.workspace, timezone.now())} if principal else context
