"""Apps, each with its deployments, what those were made of and what runs of them."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256

from django.conf import settings
from django.db import connection
from django.utils import timezone

from benchmarks.scale.copying import Table
from benchmarks.scale.packages import Resolved
from benchmarks.scale.people import Tenant
from benchmarks.scale.sizes import Sizes
from deployments.failures import FailureKind
from deployments.models import (
    Access,
    App,
    AppAccess,
    Bundle,
    Deployment,
    DeploymentEvent,
    DesiredState,
    EnvVar,
    EventKind,
    HostAlias,
    Instance,
    InstanceState,
    State,
)
from deployments.models.requested_settings import RequestedSettings

#: Of all deployments of the first workspace, what belongs to its first app.
SHARE = 0.1
#: How apps are, in turn: what their newest deployment came to, and whether it is wanted and runs.
KINDS = ("running", "running", "running", "degraded", "failed", "stopped", "running", "crashed", "empty", "starting")
HEALTH = {
    "running": (InstanceState.HEALTHY, InstanceState.HEALTHY),
    "failed": (InstanceState.HEALTHY, InstanceState.HEALTHY),
    "degraded": (InstanceState.HEALTHY, InstanceState.CRASHED),
    "crashed": (InstanceState.CRASHED, InstanceState.CRASHED),
    "stopped": (),
    "starting": (),
}
STEPS = ("unpack", "lock", "environment", "instances", "startup", "readiness", "switch")
SENTENCE = "main.py imports “pandas”, which nothing installs."
HINT = "Add pandas to requirements.txt, or press the button."
VARIABLES = ("DATABASE_URL", "LOG_LEVEL", "TIMEOUT")


@dataclass
class Tables:
    """Those that are filled side by side, since their rows name each other."""

    apps: Table
    deployments: Table
    events: Table
    bundles: Table
    instances: Table
    variables: Table
    access: Table
    aliases: Table
    first_uid: int
    settings: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Loaded:
    """Some of what was loaded, for those who ask for one of each."""

    #: With the most deployments: its first has served, its newest does.
    app: int
    newest: int
    deleted: int


def fill(tenant: Tenant, resolved: list[Resolved], sizes: Sizes) -> Loaded:
    own, by = {"workspace_id": tenant.workspace.pk}, {"created_by_name": "Person 1"}
    number = tenant.of(sizes.apps)
    with (
        Table(App, **own, **by, owner_id=tenant.admin.user.pk, access=Access.CHOSEN) as apps,
        Table(Deployment, **own, **by, created_by_id=tenant.admin.user.pk, launch={"argv": ["python"]}) as deployments,
        Table(DeploymentEvent) as events,
        Table(Bundle, **own, **by, size_bytes=40_000) as bundles,
        Table(Instance, **own) as instances,
        Table(EnvVar, **own, updated_by_name="Person 1") as variables,
        Table(AppAccess) as access,
        Table(HostAlias) as aliases,
    ):
        tables = Tables(
            apps, deployments, events, bundles, instances, variables, access, aliases, _uids(number + 2), _settings()
        )
        total = tenant.of(sizes.deployments)
        most = max(4, round(total * SHARE)) if tenant.part >= 0.2 else 4
        each = max(1, (total - most) * len(KINDS) // (number * (len(KINDS) - KINDS.count("empty"))))
        first = _app(tables, tenant, resolved, 0, most)
        for n in range(1, number):
            # From one to twice the average.
            _app(tables, tenant, resolved, n, 1 + n % (2 * each))
        deleted = _app(tables, tenant, resolved, number, 1, deleted_at=timezone.now())
    return Loaded(first, most, deleted)


def _app(
    tables: Tables,
    tenant: Tenant,
    resolved: list[Resolved],
    number: int,
    times: int,
    *,
    deleted_at: datetime | None = None,
) -> int:
    kind = KINDS[number % len(KINDS)] if deleted_at is None else "stopped"
    name, times = f"app-{number}", 0 if kind == "empty" else times
    label = f"{name}-{tenant.workspace.slug}"
    wanted = DesiredState.STOPPED if kind == "stopped" else DesiredState.RUNNING
    app = tables.apps.add(
        name=name, title=f"The app number {number}", host_label=label, unix_uid=tables.first_uid + number,
        desired_state=wanted, instances=2, last_deployment_number=times, deleted_at=deleted_at,
        active_deployment_id=None,
    )  # fmt: skip
    tables.aliases.add(app_id=app, host_label=f"old-{label}")
    for person in tenant.people[number % 7 :: max(1, len(tenant.people) // 3)]:
        tables.access.add(app_id=app, user_id=person)
    for variable in VARIABLES:
        tables.variables.add(app_id=app, name=variable, value="a value")
    states = _states(kind, times)
    for n, state in enumerate(states, 1):
        _deployment(tables, tenant, resolved, (app, number, n), state, kind, is_last=n == len(states))
    return app


def _states(kind: str, times: int) -> list[State]:
    """Of an app's deployments, the oldest first: every fifth of the past failed."""
    past = [State.FAILED if n % 5 == 4 else State.RETIRED for n in range(times)]
    if kind == "failed" and times > 1:
        return [*past[:-2], State.ACTIVE, State.FAILED]
    ends = {"failed": State.FAILED, "starting": State.QUEUED}
    return [*past[:-1], ends.get(kind, State.ACTIVE)] if times else []


def _deployment(
    tables: Tables, tenant: Tenant, resolved: list[Resolved], which: tuple[int, int, int], state: State, kind: str,
    *, is_last: bool,
) -> None:  # fmt: skip
    app, number, n = which
    made, at = resolved[(number + n) % len(resolved)], timezone.now() - timedelta(days=300 * (1 - n / 10_000))
    digest = sha256(f"{tenant.workspace.slug} {number} {n}".encode()).hexdigest()
    ended = {State.FAILED, State.RETIRED}
    failure = {"failure_kind": FailureKind.MISSING_MODULE, "failure_message": SENTENCE, "failure_hint": HINT}
    deployment = tables.deployments.add(
        app_id=app, number=n, state=state, created_at=at, state_changed_at=at, settings=tables.settings,
        finished_at=at + timedelta(seconds=40) if state in ended else None,
        bundle_id=tables.bundles.add(digest=f"sha256:{digest}", created_at=at),
        lock_id=None if state == State.QUEUED else made.lock,
        environment_id=None if state == State.QUEUED else made.environment,
        **(failure if state == State.FAILED else {}),
    )  # fmt: skip
    _events(tables, deployment, state, at)
    for instance in HEALTH[kind] if state == State.ACTIVE else ():
        tables.instances.add(deployment_id=deployment, environment_id=made.environment, state=instance)


def _events(tables: Tables, deployment: int, state: State, at: datetime) -> None:
    def event(seconds: int, kind: EventKind, name: str) -> None:
        tables.events.add(deployment_id=deployment, at=at + timedelta(seconds=seconds), kind=kind, name=name)

    event(0, EventKind.STATE, State.QUEUED)
    if state == State.QUEUED:
        return
    event(1, EventKind.STATE, State.BUILDING)
    for second, step in enumerate(STEPS, 2):
        event(2 * second, EventKind.STEP_STARTED, step)
        event(2 * second + 1, EventKind.STEP_FINISHED, step)
    if state in {State.ACTIVE, State.RETIRED}:
        event(20, EventKind.STATE, State.ACTIVE)
    if state in {State.FAILED, State.RETIRED}:
        event(30, EventKind.STATE, state)


def join(loaded_in: Tenant) -> None:
    """What could only be told once all rows were there: which deployment each app serves."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE deployments_app SET active_deployment_id = deployment.id FROM deployments_deployment deployment "
            "WHERE deployment.app_id = deployments_app.id AND deployment.state = 'active' "
            "AND deployments_app.workspace_id = %s",
            [loaded_in.workspace.pk],
        )


def _uids(number: int) -> int:
    """The first of so many in a row, of the sequence that gives each once."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('workspaces_unix_uid')")
        (first,) = cursor.fetchone()
        cursor.execute("SELECT setval('workspaces_unix_uid', %s)", [first + number])
    return int(settings.FIRST_APP_UID) + int(first)


def _settings() -> dict[str, object]:
    variables = {f"VARIABLE_{n}": "a value" for n in range(5)}
    return RequestedSettings(
        command=(), readiness_path="", startup_s=5, start_timeout_s=60, env=variables
    ).to_json()  # fmt: skip
