"""Keeping what serves at what is wanted: bring back what crashed, start what is missing, drain what is over."""

import logging
from datetime import timedelta

from django.conf import settings

from deployments.engines.base import Condition, EngineUnavailable, Status
from deployments.failures import Failure, FailureKind
from deployments.models import App, Deployment, DesiredState, Instance, InstanceState, State
from deployments.models.instance import LIVE
from deployments.models.requested_settings import RequestedSettings
from deployments.operations import restorations
from deployments.pipeline import instances, restoring
from deployments.pipeline.world import World
from deployments.timeline import incidents
from deployments.timeline.incidents import Incident, ending

log = logging.getLogger(__name__)

#: What could not be started will not be a moment later: a secret is missing, a place is full. Until then it would
#: be read, refused and written down at every look.
START_AGAIN = timedelta(seconds=5)


def keep(deployment: Deployment, world: World, *, active_requests: int) -> None:
    """An ACTIVE or READY deployment: as many live instances as its app wants, none when it is stopped."""
    app = deployment.app
    live = [instance for instance in deployment.instances.all() if instance.state in LIVE]
    # Healthy ones first: they stay when fewer are wanted.
    staying = sorted(
        (instance for instance in live if instance.state != InstanceState.DRAINING),
        key=lambda instance: (instance.state != InstanceState.HEALTHY, instance.pk),
    )
    number = wanted(app, deployment)
    for instance in [*staying[number:], *(instance for instance in live if instance.state == InstanceState.DRAINING)]:
        _drain(instance, world, active_requests)
    for instance in staying[:number]:
        _keep_one(app, instance, world)
    for _ in range(number - len(staying)):
        _start(app, instances.add(deployment), world)


def drain(deployment: Deployment, world: World, *, active_requests: int) -> None:
    """A DRAINING deployment: its open requests end, then its instances; without any left it is RETIRED."""
    live = [instance for instance in deployment.instances.all() if instance.state in LIVE]
    for instance in live:
        _drain(instance, world, active_requests)
    if not live:
        deployment.move(State.RETIRED)


def sweep(instance: Instance, world: World) -> None:
    """An instance of a deployment that failed or was cancelled: it serves nobody and goes at once."""
    instances.drain(world.engine, instance, world.status(instance), may_stop=True)


def wanted(app: App, deployment: Deployment) -> int:
    """How many instances of a deployment there should be."""
    if app.deleted_at is not None or (app.desired_state == DesiredState.STOPPED and not deployment.is_draft):
        return 0
    return 1 if deployment.is_draft else app.instances


def _drain(instance: Instance, world: World, active_requests: int) -> None:
    waited_s = (world.now - instance.state_changed_at).total_seconds()
    may_stop = instance.state == InstanceState.DRAINING and (not active_requests or waited_s > settings.IDLE_WAIT_S)
    instances.drain(world.engine, instance, world.status(instance), may_stop=may_stop)


def _keep_one(app: App, instance: Instance, world: World) -> None:
    status = world.status(instance)
    if status.condition is Condition.ABSENT and _failed_just_now(instance, world):
        return
    if status.condition is Condition.ABSENT:
        # The machine or the engine was restarted: its place is gone, and its port may be another's by now.
        if instance.state != InstanceState.STARTING:
            instances.move(instance, InstanceState.STARTING, starts_seen=0)
        _start(app, instance, world)
    elif status.condition is Condition.EXITED:
        if instance.state != InstanceState.CRASHED:
            log.warning(
                "Instance %s of %s ended with exit code %s; the engine starts it again", instance, app, status.exit_code
            )
            _note_crash(instance, status, world)
            if restoring.look_for_damage(instance):
                # It would crash for ever: another one takes its place, in an environment that is whole.
                instances.move(instance, InstanceState.DRAINING)
    elif status.condition is Condition.RUNNING and (
        instance.state != InstanceState.HEALTHY or status.starts != instance.starts_seen
    ):
        _welcome_back(app, instance, status, world)


def _failed_just_now(instance: Instance, world: World) -> bool:
    return instance.state == InstanceState.CRASHED and world.now - instance.state_changed_at < START_AGAIN


def _welcome_back(app: App, instance: Instance, status: Status, world: World) -> None:
    """It runs (again): it gets traffic once it answers."""
    if instance.state == InstanceState.HEALTHY:
        _note_crash(instance, status, world)
    requested = RequestedSettings.from_json(instance.deployment.settings)
    probe = world.prober.ask(instance.engine_id, instance.endpoint, requested.readiness_path or "/", host=app.host)
    if probe is not None and probe.passes(requested.readiness_path):
        instances.move(instance, InstanceState.HEALTHY, starts_seen=status.starts)


def _note_crash(instance: Instance, status: Status, world: World) -> None:
    instances.move(instance, InstanceState.CRASHED, exit_code=status.exit_code)
    incidents.note(instance.deployment, Incident.CRASHED, ending(status.exit_code), world.now)


def _start(app: App, instance: Instance, world: World) -> None:
    try:
        if problem := restoring.problem(instance.deployment):
            restorations.request(instance.deployment, problem)
            raise Failure(FailureKind.INTERNAL, f"Its environment {problem}; it is being made again.")
        instances.start(world.engine, app, instance)
    except (Failure, EngineUnavailable) as error:
        log.warning("Instance %s of %s could not be started: %s", instance, app, error)
        if instance.state != InstanceState.CRASHED:
            instances.move(instance, InstanceState.CRASHED)
