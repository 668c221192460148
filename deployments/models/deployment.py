import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import connection, models, transaction
from django.utils import timezone

from deployments.models.app import App, host_of, origin_of
from deployments.models.bundle import Bundle
from deployments.models.environment import Environment, Lock
from workspaces.models import Workspace
from workspaces.querysets import WorkspaceQuerySet


class State(models.TextChoices):
    """The life of a deployment. It only goes forward; see ``TRANSITIONS``."""

    QUEUED = "queued", "Queued"
    BUILDING = "building", "Building"
    STARTING = "starting", "Starting"
    READY = "ready", "Ready"  # drafts only
    ACTIVE = "active", "Active"
    DRAINING = "draining", "Draining"
    RETIRED = "retired", "Retired"
    FAILED = "failed", "Failed"
    CANCELLED = "cancelled", "Cancelled"


TRANSITIONS: dict[State, frozenset[State]] = {
    State.QUEUED: frozenset({State.BUILDING, State.FAILED, State.CANCELLED}),
    State.BUILDING: frozenset({State.STARTING, State.FAILED, State.CANCELLED}),
    State.STARTING: frozenset({State.READY, State.ACTIVE, State.FAILED, State.CANCELLED}),
    State.READY: frozenset({State.DRAINING, State.FAILED}),
    State.ACTIVE: frozenset({State.DRAINING}),
    State.DRAINING: frozenset({State.RETIRED}),
    State.RETIRED: frozenset(),
    State.FAILED: frozenset(),
    State.CANCELLED: frozenset(),
}
IN_FLIGHT = (State.QUEUED, State.BUILDING, State.STARTING)
#: At most one deployment of an app may be in these at a time (a partial unique index holds it).
UNDER_WAY = (State.BUILDING, State.STARTING)
FINISHED = (State.RETIRED, State.FAILED, State.CANCELLED)


class Cause(models.TextChoices):
    UPLOAD = "upload", "Upload"
    REDEPLOY = "redeploy", "Deployed again"
    ROLLBACK = "rollback", "Activated again"
    SETTINGS = "settings", "Settings changed"
    FIX = "fix", "Package added"
    GIT = "git", "Git"
    SCHEDULE = "schedule", "Schedule"
    TRIAL = "trial", "Opt-out tried"


class Deployment(models.Model):
    """One attempt to make a bundle serve, with the settings as they were when it was requested."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="deployments")
    app = models.ForeignKey(App, models.CASCADE, related_name="deployments")
    number = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    cause = models.CharField(max_length=10, choices=Cause, default=Cause.UPLOAD)
    is_draft = models.BooleanField(default=False)
    # Resolve and install anew instead of taking what an earlier deployment left.
    rebuild = models.BooleanField(default=False)
    activates = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="+")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    created_by_name = models.CharField(max_length=254)
    created_at = models.DateTimeField(auto_now_add=True)
    idempotency_key = models.CharField(max_length=200, null=True, blank=True)

    # The folder of workspace files that the bundle was packed from, "/Workspace/Users/a@b.c/app".
    source_path = models.CharField(max_length=1000, blank=True, default="")
    bundle = models.ForeignKey(Bundle, models.PROTECT, related_name="deployments")
    # DesiredSettings as it was at the request (deployments.models.snapshot).
    settings = models.JSONField(default=dict)
    # What the build found out: the command that serves it, its environment variables, the framework.
    launch = models.JSONField(null=True, blank=True)
    lock = models.ForeignKey(Lock, models.SET_NULL, null=True, blank=True, related_name="deployments")
    environment = models.ForeignKey(Environment, models.SET_NULL, null=True, blank=True, related_name="deployments")

    # A draft's own address while it is READY.
    preview_label = models.CharField(max_length=63, null=True, blank=True, unique=True)

    lease_owner = models.CharField(max_length=100, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    build_attempts = models.PositiveSmallIntegerField(default=0)
    cancel_requested_at = models.DateTimeField(null=True, blank=True)

    state_changed_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True, blank=True)
    failure_kind = models.CharField(max_length=40, blank=True)
    failure_message = models.TextField(blank=True)
    failure_hint = models.TextField(blank=True)
    # What it was found to lack, at its start or later, each as ``Finding`` (deployments.models.finding).
    findings = models.JSONField(default=list, blank=True)

    objects = WorkspaceQuerySet["Deployment"].as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["app", "number"], name="one_deployment_per_number"),
            models.UniqueConstraint(
                fields=["app"], condition=models.Q(state__in=UNDER_WAY, is_draft=False), name="one_deployment_under_way"
            ),
            models.UniqueConstraint(
                fields=["app"], condition=models.Q(state=State.ACTIVE), name="one_active_deployment"
            ),
            models.UniqueConstraint(fields=["app", "idempotency_key"], name="one_deployment_per_idempotency_key"),
        ]
        indexes = [
            models.Index(fields=["app", "-number"], name="deployments_by_number"),
            # Whose each environment is, and which apps fail, told without reading the rows, which are long.
            models.Index(fields=["environment", "workspace"], name="deployments_by_environment"),
            models.Index(fields=["app", "number"], condition=models.Q(state=State.FAILED), name="deployments_failed"),
            models.Index(
                fields=["state"],
                condition=models.Q(
                    state__in=[State.QUEUED, State.BUILDING, State.STARTING, State.READY, State.ACTIVE, State.DRAINING]
                ),
                name="deployments_alive",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.app} #{self.number}"

    @property
    def upstream(self) -> str:
        """The proxy's name for this deployment's instances; never used again for another."""
        return f"d-{self.uuid.hex}"

    @property
    def preview_host(self) -> str | None:
        return host_of(self.preview_label) if self.preview_label else None

    @property
    def preview_url(self) -> str | None:
        """Where a READY draft can be looked at."""
        return origin_of(self.preview_host) if self.preview_host else None

    @property
    def is_finished(self) -> bool:
        return self.state in FINISHED

    def move(self, to: State, *, now: datetime | None = None, text: str = "", **changes: Any) -> bool:
        """Compare-and-set: go to ``to`` if the table allows it from where the row is now.

        Writes the event row in the same transaction. Returns whether this call made the move;
        ``False`` means that somebody else moved it first, which is nobody's error.
        """
        at = now or timezone.now()
        sources = [state for state, targets in TRANSITIONS.items() if to in targets]
        if to in FINISHED:
            changes.setdefault("finished_at", at)
        changes |= {"state": to, "state_changed_at": at}
        with transaction.atomic(savepoint=False):
            if to is not State.BUILDING:
                # A build that a power cut sends back to waiting is only begun again.
                _wait_for_the_disk()
            moved = Deployment.objects.filter(pk=self.pk, state__in=sources).update(**changes)
            if moved:
                self.events.create(at=at, kind=EventKind.STATE, name=to, text=text)
        if moved:
            for name, value in changes.items():
                setattr(self, name, value)
        else:
            # Not the whole row: its relations stay loaded.
            self.refresh_from_db(fields=[*changes, "finished_at"])
        return bool(moved)

    def note(self, kind: "EventKind", name: str) -> None:
        """Add the beginning or the end of a step to the timeline."""
        self.events.create(at=timezone.now(), kind=kind, name=name)


@contextmanager
def commits_without_waiting() -> Iterator[None]:
    """Meanwhile this connection's commits do not wait for the disk; moves between states still do.

    For a build: a power cut may cost its timeline the last moments, and whoever takes the build over goes
    through its steps again. Order and wholeness stay as they are.
    """
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit TO OFF")
    try:
        yield
    finally:
        # The worker's next task has the same connection.
        with connection.cursor() as cursor:
            cursor.execute("RESET synchronous_commit")


def _wait_for_the_disk() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL synchronous_commit TO ON")


class EventKind(models.TextChoices):
    STATE = "state", "State"
    STEP_STARTED = "step_started", "Step started"
    STEP_FINISHED = "step_finished", "Step finished"
    #: Something befell an instance: see ``deployments.timeline.incidents``.
    INCIDENT = "incident", "Incident"


class DeploymentEvent(models.Model):
    """A moment in a deployment's timeline: it entered a state, a step began or ended, something befell an instance."""

    deployment = models.ForeignKey(Deployment, models.CASCADE, related_name="events")
    at = models.DateTimeField()
    kind = models.CharField(max_length=15, choices=EventKind)
    # The state entered, the step ("unpack", "lock", "environment", "startup", …), or the incident.
    name = models.CharField(max_length=40)
    text = models.TextField(blank=True)
    # How often it happened, the last time at ``at``.
    times = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["at", "id"]
        indexes = [models.Index(fields=["deployment", "at"], name="events_by_time")]

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"
