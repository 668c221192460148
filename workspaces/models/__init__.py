from workspaces.models.access_token import AccessToken
from workspaces.models.audit_event import AuditEvent
from workspaces.models.membership import Membership, Role
from workspaces.models.user import User
from workspaces.models.workspace import Workspace

__all__ = ["AccessToken", "AuditEvent", "Membership", "Role", "User", "Workspace"]
