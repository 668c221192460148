import uuid

from django.conf import settings
from django.db import models

from workspaces.models import Workspace
from workspaces.querysets import WorkspaceQuerySet


class Bundle(models.Model):
    """Immutable uploaded source, known by the SHA-256 of its archive ("sha256:…")."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="bundles")
    digest = models.CharField(max_length=71)
    size_bytes = models.BigIntegerField()
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    created_by_name = models.CharField(max_length=254)
    created_at = models.DateTimeField(auto_now_add=True)
    # Its files are gone: only deployments too old to be kept have it. The same upload brings them back.
    removed_at = models.DateTimeField(null=True, blank=True)

    objects = WorkspaceQuerySet["Bundle"].as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "digest"], name="one_bundle_per_digest")]

    def __str__(self) -> str:
        return self.digest
