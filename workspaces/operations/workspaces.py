"""Founding a workspace."""

from django.db import transaction

from workspaces import audit, slugs, unix_users
from workspaces.errors import Conflict, Invalid
from workspaces.models import Membership, Role, User, Workspace
from workspaces.principals import Principal


def create(*, slug: str, name: str, admin: User) -> Principal:
    """A new workspace with its first admin. The site's own act: nobody is asked for permission."""
    if not slugs.is_label(slug) or len(slug) > 40:
        raise Invalid(
            f"{slug!r} cannot be the short name of a workspace.", "Use up to 40 lower-case letters, digits and hyphens."
        )
    if Workspace.objects.filter(slug=slug).exists():
        raise Conflict(f"There is a workspace {slug!r} already.", "Choose another short name.")
    with transaction.atomic():
        workspace = Workspace.objects.create(slug=slug, name=name, build_uid=unix_users.next_uid())
        Membership.objects.create(workspace=workspace, user=admin, role=Role.ADMIN)
        principal = Principal(admin, workspace, Role.ADMIN)
        audit.record(principal, "created", "workspace", slug)
    return principal
