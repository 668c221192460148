import uuid

from django.db import models

from workspaces.models.secret_scope import SecretScope
from workspaces.models.workspace import Workspace
from workspaces.querysets import WorkspaceQuerySet


class Secret(models.Model):
    """One sealed value. It opens only in the row of its workspace, scope and key: a copy elsewhere does not."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="secrets")
    scope = models.ForeignKey(SecretScope, models.CASCADE, related_name="secrets")
    key = models.CharField(max_length=128)
    sealed = models.BinaryField()
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField()
    updated_by_name = models.CharField(max_length=254)

    objects = WorkspaceQuerySet["Secret"].as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["scope", "key"], name="one_secret_per_key")]

    def __str__(self) -> str:
        return f"{self.scope}/{self.key}"
