import uuid
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from deployments.models.base_image import CLEAN
from deployments.models.instance import InstanceState
from deployments.querysets import AppQuerySet
from packagerepos.policy import Installer
from workspaces.models import Workspace

if TYPE_CHECKING:
    from deployments.models.deployment import Deployment


class DesiredState(models.TextChoices):
    RUNNING = "running", "Running"
    STOPPED = "stopped", "Stopped"


class AppState(models.TextChoices):
    """How an app is, read from what it wants and what its instances do."""

    EMPTY = "empty", "Empty"
    STARTING = "starting", "Starting"
    RUNNING = "running", "Running"
    DEGRADED = "degraded", "Degraded"
    CRASHED = "crashed", "Crashed"
    STOPPED = "stopped", "Stopped"
    DELETING = "deleting", "Deleting"


class Access(models.TextChoices):
    """Who may use an app at its address."""

    EVERYONE = "everyone", "Everyone"
    MEMBERS = "members", "Signed-in members of the workspace"
    CHOSEN = "chosen", "Chosen people and groups"


def _default_access() -> str:
    return str(settings.DEFAULT_ACCESS)


class Scaling(models.TextChoices):
    STANDARD = "standard", "Standard"
    HORIZONTAL = "horizontal", "Horizontally scaled"


def _startup_s() -> float:
    return float(settings.STARTUP_S)


def _start_timeout_s() -> float:
    return float(settings.START_TIMEOUT_S)


class App(models.Model):
    """Something deployable with a name and an address of its own."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="apps")
    name = models.CharField(max_length=63)
    title = models.CharField(max_length=200, blank=True)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="owned_apps")
    created_by_name = models.CharField(max_length=254)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    deleted_at = models.DateTimeField(null=True, blank=True)

    # Stored and never computed when read: an address must survive every later rule about names.
    host_label = models.CharField(max_length=63, unique=True)
    unix_uid = models.PositiveIntegerField(unique=True, editable=False)

    desired_state = models.CharField(max_length=10, choices=DesiredState, default=DesiredState.RUNNING)
    active_deployment = models.ForeignKey(
        "deployments.Deployment", models.SET_NULL, null=True, blank=True, related_name="+"
    )
    last_deployment_number = models.PositiveIntegerField(default=0)

    # Copied into each deployment when it is requested.
    command = models.JSONField(default=list, blank=True)
    readiness_path = models.CharField(max_length=500, blank=True)
    startup_s = models.FloatField(default=_startup_s)
    start_timeout_s = models.FloatField(default=_start_timeout_s)
    # Whether packages are installed; null is as the site says.
    environment_management = models.BooleanField(null=True, blank=True)
    # What resolves requirements; empty is as the workspace says.
    installer = models.CharField(max_length=10, choices=[(str(one), str(one)) for one in Installer], blank=True)
    # How these hang together is written in ``operations.scaling``, which alone changes them.
    scaling = models.CharField(max_length=10, choices=Scaling, default=Scaling.STANDARD)
    # Of a horizontally scaled app that was a standard one: only such an app may choose about the libraries.
    was_converted = models.BooleanField(default=False)
    use_preinstalled_libraries = models.BooleanField(default=False)
    base_image = models.CharField(max_length=63, default=CLEAN)
    # Null for an app that takes the newest at each deployment.
    base_image_version = models.PositiveIntegerField(null=True, blank=True)
    # Live: changing it never builds.
    instances = models.PositiveSmallIntegerField(default=1)
    access = models.CharField(max_length=10, choices=Access, default=_default_access)
    # Stands in every visitor's cookie and in the proxy's route: one more, and all cookies are asked about anew.
    access_epoch = models.PositiveIntegerField(default=1)

    objects = AppQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "name"], condition=models.Q(deleted_at=None), name="one_living_app_per_name"
            )
        ]
        indexes = [models.Index(fields=["workspace", "name", "id"], name="apps_by_name")]

    def __str__(self) -> str:
        return self.name

    @property
    def host(self) -> str:
        """Where the app answers, without a port: ``hello-demo.apps.localhost``."""
        return host_of(self.host_label)

    @property
    def url(self) -> str:
        """The app's own address: never on the control plane's origin."""
        return origin_of(self.host)

    @property
    def state(self) -> AppState:
        """Cheap after ``App.objects.with_state()``, three queries otherwise."""
        if self.deleted_at is not None:
            return AppState.DELETING
        if self.desired_state == DesiredState.STOPPED:
            return AppState.STOPPED
        if self.active_deployment is None:
            return AppState.STARTING if self._in_flight() else AppState.EMPTY
        return _state_of_instances(
            [InstanceState(row.state) for row in self.active_deployment.instances.all()], self.instances
        )

    def _in_flight(self) -> "list[Deployment]":
        from deployments.models.deployment import IN_FLIGHT

        if not hasattr(self, "in_flight"):
            self.in_flight: list[Deployment] = list(self.deployments.filter(state__in=IN_FLIGHT, is_draft=False))
        return self.in_flight


class HostAlias(models.Model):
    """A host label an app had before it was renamed, so that old addresses keep leading to it."""

    app = models.ForeignKey(App, models.CASCADE, related_name="host_aliases")
    host_label = models.CharField(max_length=63, unique=True)
    created_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return self.host_label

    @property
    def host(self) -> str:
        return host_of(self.host_label)


def host_of(label: str) -> str:
    return f"{label}.{settings.APPS_DOMAIN}"


def label_of(host: str) -> str | None:
    """The host label when ``host`` lies under the apps' domain: "hello-demo.apps.localhost:8000" is "hello-demo".

    The domain itself is nobody's, "": a cookie set there would reach every app.
    """
    name = host.rsplit(":", 1)[0].lower().rstrip(".")
    if name == settings.APPS_DOMAIN:
        return ""
    domain = f".{settings.APPS_DOMAIN}"
    return name.removesuffix(domain) if name.endswith(domain) else None


def origin_of(host: str) -> str:
    """The public address of a host under APPS_DOMAIN, with the control plane's scheme and port."""
    url = urlsplit(settings.URL)
    return f"{url.scheme}://{host}" + (f":{url.port}" if url.port else "")


def _state_of_instances(states: list[InstanceState], wanted: int) -> AppState:
    live = [state for state in states if state not in {InstanceState.STOPPED, InstanceState.DRAINING}]
    healthy = live.count(InstanceState.HEALTHY)
    if healthy >= wanted:
        return AppState.RUNNING
    if healthy:
        return AppState.DEGRADED
    return AppState.CRASHED if InstanceState.CRASHED in live else AppState.STARTING
