"""What stands at the top of the admin."""

from django.http import HttpRequest
from django.urls import reverse

from workspaces.admin import access


def whose(request: HttpRequest) -> str:
    """The workspace that is administered, so that nobody of two changes the wrong one."""
    if not request.user.is_authenticated:
        return ""
    if access.is_site_admin(request):
        return "All workspaces"
    principal = access.administers(request)
    return principal.workspace.name if principal else ""


def switcher(request: HttpRequest) -> list[dict[str, str]]:
    """The workspaces to choose from, for an admin of several. Site admins see all at once."""
    if not request.user.is_authenticated or access.is_site_admin(request):
        return []
    workspaces = list(access.administered_workspaces(request.user))
    if len(workspaces) < 2:
        return []
    return [
        {"title": workspace.name, "link": reverse("admin:switch", args=[workspace.slug]), "icon": "workspaces"}
        for workspace in workspaces
    ]
