"""Founding a workspace."""

from django.db import transaction

from workspaces import audit, slugs, unix_users
from workspaces.errors import Conflict, Invalid
from workspaces.models import Membership, Role, User, Workspace
from workspaces.principals import Principal


def create(*, slug: str, name: str, admin: User) -> Principal:
    """A new workspace with its first admin. The site's own act: nobody is asked for permission."""
    with transaction.atomic():
        workspace = create_empty(slug=slug, name=name)
        Membership.objects.create(workspace=workspace, user=admin, role=Role.ADMIN)
        principal = Principal(admin, workspace, Role.ADMIN)
        audit.record(principal, "created", "workspace", slug)
    return principal


def create_empty(*, slug: str, name: str) -> Workspace:
    """A new workspace without anybody in it, for an admin who is to be invited."""
    if not slugs.is_label(slug) or len(slug) > 40:
        raise Invalid(
            f"{slug!r} cannot be the short name of a workspace.", "Use up to 40 lower-case letters, digits and hyphens."
        )
    if Workspace.objects.filter(slug=slug).exists():
        raise Conflict(f"There is a workspace {slug!r} already.", "Choose another short name.")
    if not 0 < len(name.strip()) <= 100 or not name.isprintable():
        raise Invalid(f"{name[:120]!r} cannot be the name of a workspace.", "Use 1 to 100 characters in one line.")
    return Workspace.objects.create(slug=slug, name=name.strip(), build_uid=unix_users.next_uid())
