from workspaces.models.access_token import AccessToken
from workspaces.models.audit_event import AuditEvent
from workspaces.models.group import BuiltinGroup, Group
from workspaces.models.invitation import Invitation
from workspaces.models.membership import Membership, Role
from workspaces.models.scope_acl import ScopeAcl, ScopePermission
from workspaces.models.secret import Secret
from workspaces.models.secret_scope import SecretScope
from workspaces.models.user import User
from workspaces.models.workspace import Workspace

__all__ = [
    "AccessToken", "AuditEvent", "BuiltinGroup", "Group", "Invitation", "Membership", "Role",
    "ScopeAcl", "ScopePermission", "Secret", "SecretScope", "User", "Workspace",
]  # fmt: skip
