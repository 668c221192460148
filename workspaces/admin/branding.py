"""What stands at the top of the admin."""

from django.http import HttpRequest

from workspaces.admin import access


def whose(request: HttpRequest) -> str:
    """The workspace that is administered, so that nobody of two changes the wrong one."""
    if not request.user.is_authenticated:
        return ""
    if access.is_site_admin(request):
        return "All workspaces"
    principal = access.administers(request)
    return principal.workspace.name if principal else ""
