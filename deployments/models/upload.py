from django.db import models

from deployments.models.app import App
from deployments.models.bundle import Bundle
from workspaces.models import Workspace
from workspaces.querysets import WorkspaceQuerySet


class Upload(models.Model):
    """A bundle that was uploaded for an app before anybody asked to deploy it.

    ``metadata`` is what the client says of its origin, texts by name: {"source": "git", "source_commit": "…"}.
    """

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+")
    app = models.ForeignKey(App, models.CASCADE, related_name="uploads")
    bundle = models.ForeignKey(Bundle, models.CASCADE, related_name="uploads")
    metadata = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = WorkspaceQuerySet["Upload"].as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["app", "bundle"], name="one_upload_per_bundle")]

    def __str__(self) -> str:
        return f"{self.bundle} for {self.app}"
