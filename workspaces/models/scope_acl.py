from django.conf import settings
from django.db import models

from workspaces.models.group import BuiltinGroup, Group
from workspaces.models.secret_scope import SecretScope
from workspaces.models.workspace import Workspace
from workspaces.querysets import WorkspaceQuerySet


class ScopePermission(models.TextChoices):
    """Each holds the one before it."""

    READ = "READ", "Read"
    WRITE = "WRITE", "Write"
    MANAGE = "MANAGE", "Manage"


class ScopeAcl(models.Model):
    """A permission on a scope for exactly one of: a person, a group, a built-in group, an app.

    An app is known by its uuid, because apps live above this package.
    """

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="scope_acls")
    scope = models.ForeignKey(SecretScope, models.CASCADE, related_name="acls")
    permission = models.CharField(max_length=10, choices=ScopePermission)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True, blank=True, related_name="+")
    group = models.ForeignKey(Group, models.CASCADE, null=True, blank=True, related_name="scope_acls")
    builtin_group = models.CharField(max_length=10, choices=BuiltinGroup, null=True, blank=True)
    app_uuid = models.UUIDField(null=True, blank=True, db_index=True)

    objects = WorkspaceQuerySet["ScopeAcl"].as_manager()

    class Meta:
        verbose_name = "scope permission"
        constraints = [
            models.UniqueConstraint(fields=["scope", "user"], name="one_acl_per_user"),
            models.UniqueConstraint(fields=["scope", "group"], name="one_acl_per_group"),
            models.UniqueConstraint(fields=["scope", "builtin_group"], name="one_acl_per_builtin_group"),
            models.UniqueConstraint(fields=["scope", "app_uuid"], name="one_acl_per_app"),
        ]

    def __str__(self) -> str:
        return f"{self.permission} on {self.scope}"
