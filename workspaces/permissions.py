"""Which role may do what."""

from enum import StrEnum

from workspaces.errors import Forbidden
from workspaces.models import Role
from workspaces.principals import Principal


class Permission(StrEnum):
    """A verb on a kind of thing, worded so that it completes "may not …"."""

    VIEW_APPS = "see apps"
    MANAGE_APPS = "change apps"
    DEPLOY = "deploy"
    DELETE_APPS = "delete apps"
    MANAGE_TOKENS = "manage access tokens"
    CREATE_SCOPES = "create secret scopes"
    MANAGE_GROUPS = "change groups"
    MANAGE_PEOPLE = "manage people"
    MANAGE_WORKSPACE = "change the workspace"
    READ_AUDIT = "read the audit"


MEMBER = frozenset(
    {
        Permission.VIEW_APPS,
        Permission.MANAGE_APPS,
        Permission.DEPLOY,
        Permission.DELETE_APPS,
        Permission.MANAGE_TOKENS,
        Permission.CREATE_SCOPES,
    }
)
GRANTED: dict[Role, frozenset[Permission]] = {
    Role.MEMBER: MEMBER,
    Role.ADMIN: MEMBER
    | {Permission.MANAGE_WORKSPACE, Permission.MANAGE_GROUPS, Permission.MANAGE_PEOPLE, Permission.READ_AUDIT},
}


def require(principal: Principal, permission: Permission) -> None:
    """Raise ``Forbidden`` unless the principal's role grants ``permission``."""
    if permission not in GRANTED[principal.role]:
        raise Forbidden(
            f"As a {principal.role.label.lower()} of {principal.workspace.name} you may not {permission}.",
            "Ask an admin of the workspace.",
        )
