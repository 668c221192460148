import uuid

from django.conf import settings
from django.db import models
from django.db.models.functions import Lower

from workspaces.models.workspace import Workspace
from workspaces.querysets import WorkspaceQuerySet


class SecretScope(models.Model):
    """A named box of encrypted values. Names differ by more than case."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="secret_scopes")
    name = models.CharField(max_length=128)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    created_by_name = models.CharField(max_length=254)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = WorkspaceQuerySet["SecretScope"].as_manager()

    class Meta:
        constraints = [models.UniqueConstraint("workspace", Lower("name"), name="one_scope_per_name")]

    def __str__(self) -> str:
        return self.name
