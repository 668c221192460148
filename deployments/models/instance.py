import uuid

from django.db import models

from workspaces.models import Workspace
from workspaces.querysets import WorkspaceQuerySet


class InstanceState(models.TextChoices):
    STARTING = "starting", "Starting"
    HEALTHY = "healthy", "Healthy"
    DRAINING = "draining", "Draining"
    STOPPED = "stopped", "Stopped"
    CRASHED = "crashed", "Crashed"


#: What an engine may still hold something of.
LIVE = (InstanceState.STARTING, InstanceState.HEALTHY, InstanceState.DRAINING, InstanceState.CRASHED)


class Instance(models.Model):
    """One running process (or container) of a deployment. The engine knows it by ``engine_id``."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+")
    deployment = models.ForeignKey("deployments.Deployment", models.CASCADE, related_name="instances")
    # What it was started in, which stays on the disk for as long as it runs.
    environment = models.ForeignKey(
        "deployments.Environment", models.SET_NULL, null=True, blank=True, related_name="instances"
    )
    state = models.CharField(max_length=10, choices=InstanceState, default=InstanceState.STARTING)
    # "127.0.0.1:20001" once the engine gave it a place.
    endpoint = models.CharField(max_length=100, blank=True)
    # How often the engine had started it when it was last found healthy: one more means that it crashed since.
    starts_seen = models.PositiveIntegerField(default=0)
    exit_code = models.IntegerField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    state_changed_at = models.DateTimeField(auto_now_add=True)

    objects = WorkspaceQuerySet["Instance"].as_manager()

    class Meta:
        indexes = [models.Index(fields=["state"], condition=models.Q(state__in=LIVE), name="instances_live")]

    def __str__(self) -> str:
        return self.engine_id

    @property
    def engine_id(self) -> str:
        """16 hex digits: short enough for socket and folder names."""
        return self.uuid.hex[:16]
