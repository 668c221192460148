import uuid

from django.conf import settings
from django.db import models

from deployments.models.app import App
from workspaces.models import Workspace
from workspaces.querysets import WorkspaceQuerySet


class IndexPreview(models.Model):
    """What other package repositories would change: a question whose values are sealed, and gone with its end."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="index_previews")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    created_by_name = models.CharField(max_length=254)
    created_at = models.DateTimeField()
    sealed = models.BinaryField()
    lease_until = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = WorkspaceQuerySet["IndexPreview"].as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["workspace"], condition=models.Q(finished_at=None), name="one_index_preview_under_way"
            )
        ]

    def __str__(self) -> str:
        return str(self.uuid)


class IndexPreviewResult(models.Model):
    """One app of a preview. ``changes`` are ``[name, from, to]``; ``failure`` is why it would not build any more."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+")
    preview = models.ForeignKey(IndexPreview, models.CASCADE, related_name="results")
    app = models.ForeignKey(App, models.CASCADE, related_name="+")
    attempts = models.PositiveSmallIntegerField(default=0)
    done_at = models.DateTimeField(null=True, blank=True)
    changes = models.JSONField(default=list)
    failure = models.TextField(blank=True)

    objects = WorkspaceQuerySet["IndexPreviewResult"].as_manager()

    def __str__(self) -> str:
        return f"{self.app} in {self.preview}"
