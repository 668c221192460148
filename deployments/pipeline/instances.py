"""One instance, as the rows want it and as the engine has it."""

import time

from django.conf import settings
from django.utils import timezone

from deployments import layout
from deployments.engines.base import Condition, Engine, InstanceSpec, Status
from deployments.logs.lines import Line
from deployments.logs.segments import Writer
from deployments.models import App, Deployment, Instance, InstanceState
from deployments.pipeline import platform, runtime_packages, secret_values
from deployments.pipeline.launches import StoredLaunch
from deployments.pipeline.runtime_packages import RuntimePackages
from deployments.pipeline.steps import SOURCE
from deployments.sandbox import Limits
from deployments.venvs.store import own_packages


def add(deployment: Deployment) -> Instance:
    """State first: the row exists before anything is started for it, so nothing can run without one."""
    return Instance.objects.create(workspace_id=deployment.workspace_id, deployment=deployment)


def start(engine: Engine, app: App, instance: Instance) -> None:
    """Ask the engine for it; asking again changes nothing. Raises ``Failure``, ``EngineUnavailable``."""
    packages = runtime_packages.prepare(app, instance.deployment)
    spec = _spec(app, instance, packages)
    _note_environment(instance)
    endpoint = engine.start(spec)
    if packages.problem:
        Writer(layout.app_log(app)).append([Line(time.time(), SOURCE, packages.problem)])
    if endpoint != instance.endpoint:
        instance.endpoint = endpoint
        instance.save(update_fields=["endpoint"])


def move(instance: Instance, state: InstanceState, **changes: object) -> None:
    """Note what became of it."""
    if instance.state != state:
        instance.state_changed_at = timezone.now()
    instance.state = state
    for name, value in changes.items():
        setattr(instance, name, value)
    instance.save(update_fields=["state", "state_changed_at", *changes])


def drain(engine: Engine, instance: Instance, status: Status, *, may_stop: bool) -> None:
    """One step towards STOPPED: out of the routes, then (``may_stop``) SIGTERM, and at the end its files go."""
    if instance.state != InstanceState.DRAINING:
        move(instance, InstanceState.DRAINING)
    elif status.condition is Condition.ABSENT or (status.condition is Condition.EXITED and may_stop):
        engine.discard(instance.engine_id)
        move(instance, InstanceState.STOPPED, exit_code=status.exit_code)
    elif may_stop:
        engine.stop(instance.engine_id, settings.DRAIN_S)


def _note_environment(instance: Instance) -> None:
    """Before it runs there: from now on the reaper leaves it alone, whatever becomes of the deployment."""
    environment = instance.deployment.environment
    if environment is not None and instance.environment_id != environment.pk:
        instance.environment = environment
        instance.save(update_fields=["environment"])


def _spec(app: App, instance: Instance, packages: RuntimePackages) -> InstanceSpec:
    deployment = instance.deployment
    launch = StoredLaunch.from_json(deployment.launch)
    interpreter = platform.interpreter_of(launch)
    return InstanceSpec(
        instance_id=instance.engine_id,
        argv=launch.argv,
        source=layout.source(deployment.bundle),
        environment=platform.store().path(launch.environment),
        readonly=(*interpreter.readonly_paths, *own_packages.readonly(interpreter)),
        mounts=platform.store().mounts(launch.environment),
        uid=app.unix_uid,
        log_dir=layout.app_log(app),
        env={
            **_platform_env(app, deployment),
            **own_packages.variables(interpreter),
            **packages.variables,
            **launch.env,
        },
        secrets=secret_values.read(app, launch.secrets),
        files=packages.files,
        hidden=packages.hidden,
        programs=own_packages.programs(),
        limits=Limits(
            open_files=settings.INSTANCE_OPEN_FILES,
            processes=settings.INSTANCE_PROCESSES if platform.is_root() else None,
        ),
    )


def _platform_env(app: App, deployment: Deployment) -> dict[str, str]:
    """What an app may know of where it runs; the second half under the names that Databricks apps read.

    Those give way to the app's own variables: an app may want to talk to another host than this platform.
    """
    return {
        "SLIPWAY_APP_NAME": app.name,
        "SLIPWAY_APP_URL": app.url,
        "SLIPWAY_DEPLOYMENT": str(deployment.number),
        "DATABRICKS_APP_NAME": app.name,
        "DATABRICKS_APP_URL": app.url,
        "DATABRICKS_WORKSPACE_ID": str(app.workspace_id),
        "DATABRICKS_HOST": settings.URL,
    }
