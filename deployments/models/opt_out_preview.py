import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from deployments.models.app import App
from deployments.models.bundle import Bundle
from deployments.models.deployment import Deployment, State
from workspaces.models import Workspace
from workspaces.querysets import WorkspaceQuerySet


class OptOutState(models.TextChoices):
    QUEUED = "queued", "Queued"
    RUNNING = "running", "Running"
    READY = "ready", "Ready"
    FAILED = "failed", "Failed"


class OptOutQuerySet(WorkspaceQuerySet["OptOutPreview"]):
    def current(self) -> "OptOutQuerySet":
        """Those of what serves now."""
        return self.filter(app__deleted_at=None, deployment=F("app__active_deployment"))


class OptOutPreview(models.Model):
    """What an app would lack without its pre-installed libraries: of the one deployment that was active.

    ``findings`` is ``venvs.inspecting.opting_out.Proposal`` as JSON, null until the source was searched. ``broken``
    lists what could not be imported in the clean environment, each ``{"module", "why", "is_guarded"}``; null until
    it was tried.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="opt_out_previews")
    app = models.ForeignKey(App, models.CASCADE, related_name="opt_out_previews")
    deployment = models.ForeignKey(Deployment, models.CASCADE, related_name="+")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    created_by_name = models.CharField(max_length=254)
    created_at = models.DateTimeField()

    state = models.CharField(max_length=10, choices=OptOutState, default=OptOutState.QUEUED)
    findings = models.JSONField(null=True, blank=True)
    # The source with the lines that were proposed, and the draft that shows whether it does.
    bundle = models.ForeignKey(Bundle, models.SET_NULL, null=True, blank=True, related_name="+")
    trial = models.ForeignKey(Deployment, models.SET_NULL, null=True, blank=True, related_name="+")
    # Lines are found one after the other where one missing module hides the next.
    rounds = models.PositiveSmallIntegerField(default=0)
    broken = models.JSONField(null=True, blank=True)
    verified = models.BooleanField(default=False)
    failure_message = models.TextField(blank=True)
    failure_hint = models.TextField(blank=True)

    lease_owner = models.CharField(max_length=32, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    finished_at = models.DateTimeField(null=True, blank=True)
    accepted_at = models.DateTimeField(null=True, blank=True)

    objects = OptOutQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["app"], name="one_opt_out_preview")]
        indexes = [
            models.Index(fields=["created_at"], condition=Q(finished_at=None), name="opt_out_previews_under_way")
        ]

    def __str__(self) -> str:
        return f"opting out of {self.app}"

    @property
    def is_under_way(self) -> bool:
        return self.finished_at is None

    @property
    def is_current(self) -> bool:
        """Whether the deployment that it was made for still serves."""
        return self.deployment_id == self.app.active_deployment_id

    @property
    def trial_url(self) -> str | None:
        """Where the trial answers, as long as it does."""
        is_there = self.trial is not None and self.trial.state == State.READY
        return self.trial.preview_url if self.trial is not None and is_there else None
