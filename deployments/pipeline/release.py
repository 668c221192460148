"""The story of a release: start one instance, see that it lives and answers, then the others, then move traffic.

The controller calls ``advance`` again and again; each call looks at what is and does the next thing,
so a controller that was killed in the middle goes on where the rows and the engine are.
"""

import logging
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.db.models import Q

from deployments import layout, queue
from deployments.engines.base import Condition, EngineUnavailable, Status
from deployments.engines.probing import Answer, Probe
from deployments.failures import Failure, FailureKind
from deployments.logs import segments
from deployments.models import App, Cause, Deployment, EventKind, Instance, InstanceState, Scaling, State
from deployments.models.requested_settings import RequestedSettings
from deployments.operations import environments, secret_references
from deployments.pipeline import failures, instances, known_modules, places, restoring, upkeep
from deployments.pipeline.steps import Story
from deployments.pipeline.world import World
from deployments.routing.publish import ProxyUnavailable, PublishRejected
from deployments.venvs.diagnosing.diagnosis import diagnose
from workspaces.database_absence import is_absence

log = logging.getLogger(__name__)

#: After a crash the last lines are still on their way through the pipe and the logger.
LAST_WORDS = timedelta(seconds=0.7)
#: How long a release waits for an engine or a proxy that does not answer, beyond what the app may take.
PATIENCE_S = 120.0
#: An instance that is lost more often than this is not lost by chance.
MOST_LOST = 5
#: How much of an instance's last words is repeated in the deployment's log.
LAST_LINES = 60


def advance(deployment: Deployment, world: World) -> None:
    """Move a STARTING deployment on by one look. Whatever goes wrong ends it with a sentence; the old one serves on."""
    release = _Release(deployment, deployment.app, Story(deployment), world)
    try:
        release.advance()
    except (EngineUnavailable, ProxyUnavailable, PublishRejected) as error:
        log.warning("The release of %s waits: %s", deployment, error)
        if release.waited_s > release.requested.startup_s + release.requested.start_timeout_s + PATIENCE_S:
            release.fail(_nowhere_to_start())
    except Exception as error:
        if is_absence(error):
            raise  # Nothing is known against the deployment; the next look goes on.
        release.fail(failures.as_failure(error))
    finally:
        release.story.close()


@dataclass
class _Release:
    deployment: Deployment
    app: App
    story: Story
    world: World

    def advance(self) -> None:
        if self.deployment.cancel_requested_at is not None:
            self._cancel()
            return
        started = sorted(self.deployment.instances.all(), key=lambda instance: instance.pk)
        for instance in started or [self._first()]:
            self._look_at(instance)
        if not started or any(instance.state != InstanceState.HEALTHY for instance in started):
            return
        missing = upkeep.wanted(self.app, self.deployment) - len(started)
        if missing > 0:
            self._add(missing)
        else:
            self._switch()

    def _first(self) -> Instance:
        self._step("instances", "Starting an instance")
        return instances.add(self.deployment)

    def _add(self, missing: int) -> None:
        """The others come only once the first one has passed: a release that fails costs one instance."""
        self._step("others", f"It passed: starting {missing} more")
        for _ in range(missing):
            instances.start(self.world.engine, self.app, instances.add(self.deployment))

    def _look_at(self, instance: Instance) -> None:
        status = self.world.status(instance)
        if instance.state == InstanceState.CRASHED:
            self._end_crashed(instance)
        elif status.condition is Condition.ABSENT and status.starts <= MOST_LOST:
            # Also one that passed, when its machine was restarted meanwhile: it has to pass again.
            instances.move(instance, InstanceState.STARTING)
            instances.start(self.world.engine, self.app, instance)
        elif status.was_lost and status.starts <= MOST_LOST:
            self._begin_again(instance, status)
        elif status.starts > 1 or status.condition is Condition.EXITED:
            self._note_crash(instance, status)
        elif status.condition is Condition.RUNNING and instance.state != InstanceState.HEALTHY:
            self._check(instance, status)

    def _begin_again(self, instance: Instance, status: Status) -> None:
        """The engine was killed with it, or the machine: nothing is known against the app, which has to pass again."""
        if instance.state == InstanceState.HEALTHY:
            if status.condition is not Condition.RUNNING or instance.starts_seen != status.starts:
                instances.move(instance, InstanceState.STARTING)
        elif status.condition is Condition.RUNNING:
            self._check(instance, status)

    @property
    def requested(self) -> RequestedSettings:
        return RequestedSettings.from_json(self.deployment.settings)

    @property
    def waited_s(self) -> float:
        return (self.world.now - self.deployment.state_changed_at).total_seconds()

    def _check(self, instance: Instance, status: Status) -> None:
        requested = self.requested
        self._step("startup", f"Watching that it stays alive for {requested.startup_s:g} s")
        alive_s = self.world.now.timestamp() - (status.started_at or self.world.now.timestamp())
        if alive_s < requested.startup_s:
            return
        path = requested.readiness_path or "/"
        self._step("readiness", f"Asking it for {path}")
        probe = self.world.prober.ask(instance.engine_id, instance.endpoint, path, host=self.app.host)
        if probe is not None and probe.passes(requested.readiness_path):
            self.story.say(f"GET {path} answered {probe.status}.")
            instances.move(instance, InstanceState.HEALTHY, starts_seen=status.starts)
        elif alive_s > requested.startup_s + requested.start_timeout_s:
            raise _never_ready(probe or self.world.last_probe(instance), requested, instance)
        elif probe is not None:
            self.world.remember_probe(instance, probe)

    def _switch(self) -> None:
        self._step("switch", "Moving traffic" if not self.deployment.is_draft else "Opening the preview")
        # Effect first, for once: "active" then means that requests arrive. The old deployment is not
        # touched before its row says DRAINING, so being killed in between costs nobody a request.
        self.world.publish(including=self.deployment)
        moved = _ready(self.deployment) if self.deployment.is_draft else _activate(self.app, self.deployment)
        if moved:
            self._finish_step("switch")
            self.story.say("READY." if self.deployment.is_draft else f"ACTIVE at {self.app.url}")
            if environments.uncompiled().filter(pk=self.deployment.pk).exists():
                queue.ring_compiler()
            secret_references.revoke_unused(self.app)
        queue.ring_worker()

    def _note_crash(self, instance: Instance, status: Status) -> None:
        self.world.engine.stop(instance.engine_id, 0)
        instances.move(instance, InstanceState.CRASHED, exit_code=status.exit_code)

    def _end_crashed(self, instance: Instance) -> None:
        if self.world.now - instance.state_changed_at < LAST_WORDS:
            return
        lines = self._last_words(instance)
        for line in places.hidden(lines[-LAST_LINES:], self.deployment):
            self.story.say(f"  {line}")
        if damaged := restoring.failure_after_crash(self.deployment, instance):
            raise damaged
        workspace, source = self.deployment.workspace, layout.source(self.deployment.bundle)
        raise diagnose(lines, instance.exit_code, lambda: known_modules.import_names(workspace), source=source)

    def _last_words(self, instance: Instance) -> list[str]:
        tail = segments.read_tail(layout.app_log(self.app), 1000)
        return [line.text for line in tail.lines if line.source == instance.engine_id]

    def fail(self, failure: Failure) -> None:
        if failures.end(self.deployment, failure):
            self.story.end(f"FAILED: {failure.message}\n{failure.hint}")
        queue.ring_worker()

    def _cancel(self) -> None:
        if self.deployment.move(State.CANCELLED, text="Cancelled"):
            self.story.say("CANCELLED.")
        queue.ring_worker()

    def _step(self, name: str, title: str) -> None:
        """Begin a step once; the one before it is over then."""
        begun = self.world.steps(self.deployment)
        if name in begun:
            return
        if begun:
            self._finish_step(begun[-1])
        begun.append(name)
        self.story.say(f"── {title}")
        self.deployment.note(EventKind.STEP_STARTED, name)

    def _finish_step(self, name: str) -> None:
        self.deployment.note(EventKind.STEP_FINISHED, name)


def _activate(app: App, deployment: Deployment) -> bool:
    """The new one becomes ACTIVE and the old one DRAINING in one transaction."""
    with transaction.atomic():
        locked = App.objects.select_for_update().get(pk=app.pk)
        old = locked.active_deployment
        if old is not None:
            old.move(State.DRAINING, text=f"Replaced by deployment {deployment.number}")
        if not deployment.move(State.ACTIVE):
            transaction.set_rollback(True)
            return False
        # Kept until now for the horizontally scaled one that served before.
        instances = 1 if locked.scaling == Scaling.STANDARD else locked.instances
        App.objects.filter(pk=app.pk).update(active_deployment=deployment, instances=instances)
        _retire_drafts(deployment)
    return True


def _ready(deployment: Deployment) -> bool:
    with transaction.atomic():
        moved = deployment.move(State.READY)
        if moved:
            _retire_drafts(deployment)
    return moved


def _retire_drafts(deployment: Deployment) -> None:
    """A draft has done its duty when a newer one is ready or the app moved on. A trial takes nobody's draft away."""
    ready = Deployment.objects.filter(app_id=deployment.app_id, state=State.READY).exclude(pk=deployment.pk)
    if deployment.is_draft:
        is_trial = Q(cause=Cause.TRIAL)
        ready = ready.filter(is_trial if deployment.cause == Cause.TRIAL else ~is_trial)
    for draft in ready:
        draft.move(State.DRAINING, text=f"Superseded by deployment {deployment.number}")


def _nowhere_to_start() -> Failure:
    return Failure(
        FailureKind.INTERNAL,
        "The platform could not start an instance. This one is on us.",
        "Deploy again; if it happens again, ask the operator whether there is room for another instance.",
    )


def _never_ready(probe: Probe | None, requested: RequestedSettings, instance: Instance) -> Failure:
    waited = f"{requested.startup_s + requested.start_timeout_s:g} s"
    if probe is None or probe.answer is Answer.REFUSED:
        return Failure(
            FailureKind.PORT_NOT_OPENED,
            f"The app runs, but nothing listened on its port after {waited}.",
            "Listen on the port in the environment variable PORT (write $PORT in a command). "
            "If the app needs longer to start, raise its start timeout.",
        )
    if probe.answer is Answer.SILENT:
        return Failure(
            FailureKind.NOT_READY if requested.readiness_path else FailureKind.PORT_NOT_OPENED,
            f"The app opened its port but did not answer GET {requested.readiness_path or '/'} within {waited}.",
            "Look for a deadlock or slow work at the first request in the runtime log, or raise the start timeout.",
        )
    return Failure(
        FailureKind.NOT_READY,
        f"The readiness path {requested.readiness_path} answered {probe.status}, not 2xx or 3xx, for {waited}.",
        "The runtime log of this deployment shows what the app said. Correct the app or its readiness path.",
    )
