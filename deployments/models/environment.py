import uuid

from django.db import models

from workspaces.models import Workspace
from workspaces.querysets import WorkspaceQuerySet


class Lock(models.Model):
    """Resolved requirements: what one request key was answered with.

    The same request key gives the same lock without resolving again; "rebuild" replaces the row.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="locks")
    request_key = models.CharField(max_length=64)
    # As ``venvs.locking.Lock.to_json`` writes it.
    content = models.JSONField()
    created_at = models.DateTimeField(auto_now_add=True)
    superseded_at = models.DateTimeField(null=True, blank=True)

    objects = WorkspaceQuerySet["Lock"].as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "request_key"],
                condition=models.Q(superseded_at=None),
                name="one_lock_per_request_key",
            )
        ]

    def __str__(self) -> str:
        return self.request_key


class Environment(models.Model):
    """One installed set of packages on disk, shared by every deployment that needs exactly it.

    ``workspace`` is null when every artefact came from the site's public index. Whether it is
    whole is the marker's word on disk, never this row's.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    workspace = models.ForeignKey(Workspace, models.CASCADE, null=True, blank=True, related_name="environments")
    key = models.CharField(max_length=16, unique=True)
    python_version = models.CharField(max_length=20)
    packages = models.PositiveIntegerField(default=0)
    size_bytes = models.BigIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    # Byte-code comes after the first start, which should not wait for it; null means still to do.
    compiled_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.key
