"""Desired against actual: the one process that starts, checks, switches, drains and repairs.

Level-triggered: each round looks at all rows and at the engine, and does the next thing for each.
Nothing is remembered that the next round could not find out, so being killed anywhere is harmless.
"""

import logging
import time
from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import DatabaseError
from django.utils import timezone

from deployments.controller import housekeeping, pulse
from deployments.controller.bells import Bells
from deployments.engines.base import Engine, EngineUnavailable, Status
from deployments.models import Deployment, Instance, InstanceState, State
from deployments.models.deployment import FINISHED
from deployments.models.instance import LIVE
from deployments.operations import builds, visits
from deployments.pipeline import complaints, desired_routes, release, upkeep
from deployments.pipeline.world import Memory, World
from deployments.routing.publish import ProxyUnavailable, Publisher, PublishRejected
from deployments.routing.routes import Routes

log = logging.getLogger(__name__)

#: Deployments that have something running, or soon will.
ALIVE = (State.STARTING, State.READY, State.ACTIVE, State.DRAINING)
CLEAN_S = 600.0


class Controller:
    """One round at a time; ``tick`` returns whether anything is on its way, so that the next one should be soon."""

    def __init__(self, engine: Engine, publisher: Publisher) -> None:
        self._engine = engine
        self._publisher = publisher
        self._memory = Memory()
        self._bells = Bells()
        self._cleaned_at = 0.0

    def tick(self) -> bool:
        now = timezone.now()
        pulse.beat()
        builds.fail_exhausted(now)
        visits.end_forbidden(now)
        builds_wait = self._bells.ring(now)
        deployments = _alive()
        leftovers = list(
            Instance.objects.filter(state__in=LIVE, deployment__state__in=FINISHED).select_related("deployment")
        )
        world = self._look(deployments, leftovers, now)
        # Routes before drains: nothing is stopped while the proxy may still send it requests.
        self._publish(deployments)
        active_requests = self._active_requests(deployments)
        for deployment in deployments:
            self._advance(deployment, world, active_requests.get(deployment.upstream, 0))
        for instance in leftovers:
            upkeep.sweep(instance, world)
        self._publish(_alive())
        self._clean(now)
        self._bells.ring_reaper(now)
        return builds_wait or bool(leftovers) or any(_is_moving(deployment) for deployment in deployments)

    def _look(self, deployments: Iterable[Deployment], leftovers: Iterable[Instance], now: datetime) -> World:
        known = [
            instance for deployment in deployments for instance in deployment.instances.all() if instance.state in LIVE
        ]
        ids = {instance.engine_id for instance in (*known, *leftovers)}
        # A row is written before anything is started for it, so what has none belongs to nobody.
        for unknown in set(self._engine.instances()) - ids:
            self._engine.discard(unknown)
        statuses: dict[str, Status] = dict(self._engine.poll(ids))
        return World(self._engine, statuses, now, self._memory, self._publish_including)

    def _advance(self, deployment: Deployment, world: World, active_requests: int) -> None:
        """What is wrong with one app is no reason to leave the others alone."""
        try:
            self._do_next(deployment, world, active_requests)
        except (DatabaseError, EngineUnavailable):
            raise
        except Exception:
            log.exception("The controller could not look after %s", deployment)

    def _do_next(self, deployment: Deployment, world: World, active_requests: int) -> None:
        if deployment.state == State.STARTING:
            release.advance(deployment, world)
        elif deployment.state == State.DRAINING:
            upkeep.drain(deployment, world, active_requests=active_requests)
        else:
            upkeep.keep(deployment, world, active_requests=active_requests)
            complaints.hear(deployment, world)

    def _publish_including(self, *, including: Deployment) -> None:
        self._publisher.publish(_routes(_alive(), including=including))

    def _publish(self, deployments: Iterable[Deployment]) -> None:
        try:
            self._publisher.publish(_routes(deployments))
        except (ProxyUnavailable, PublishRejected) as error:
            log.warning("The proxy did not take the routes: %s", error)

    def _active_requests(self, deployments: Iterable[Deployment]) -> dict[str, int]:
        names = [deployment.upstream for deployment in deployments if _may_drain(deployment)]
        try:
            return (
                {name: counted.active for name, counted in self._publisher.statistics(names).items()} if names else {}
            )
        except ProxyUnavailable:
            return {}  # Without a proxy there are no requests.

    def _clean(self, now: datetime) -> None:
        if time.monotonic() - self._cleaned_at > CLEAN_S:
            self._cleaned_at = time.monotonic()
            housekeeping.clean(now)


def _alive() -> Sequence[Deployment]:
    """Everything with something running, with all that a round reads, in a constant number of queries."""
    found = Deployment.objects.filter(state__in=ALIVE).order_by("pk")
    return list(
        found.select_related("app", "bundle__workspace", "environment").prefetch_related(
            "instances__environment", "app__host_aliases"
        )
    )


def _routes(deployments: Iterable[Deployment], *, including: Deployment | None = None) -> Routes:
    apps = [deployment.app for deployment in deployments]
    return desired_routes.of(deployments, including=including, ended=visits.ended(apps, timezone.now()))


def _may_drain(deployment: Deployment) -> bool:
    return deployment.state == State.DRAINING or any(
        instance.state == InstanceState.DRAINING for instance in deployment.instances.all()
    )


def _is_moving(deployment: Deployment) -> bool:
    if deployment.state in {State.STARTING, State.DRAINING}:
        return True
    return any(
        instance.state in LIVE and instance.state != InstanceState.HEALTHY for instance in deployment.instances.all()
    )
