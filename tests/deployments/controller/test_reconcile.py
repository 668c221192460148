"""One round after another against real rows, with an engine and a proxy that do as they are told."""

import time
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from django.conf import LazySettings
from django.utils import timezone
from django_q.models import OrmQ

from deployments import queue
from deployments.controller.bells import REMOVE_S, RING_AGAIN_S
from deployments.controller.reconcile import Controller
from deployments.engines.base import Condition, InstanceSpec, Status
from deployments.models import (
    App,
    Deployment,
    DeploymentEvent,
    Environment,
    EventKind,
    Instance,
    InstanceState,
    OptOutPreview,
    State,
)
from deployments.operations import apps, deployments, opt_outs
from deployments.routing.publish import UpstreamStatistics
from deployments.routing.routes import Routes
from tests.deployments import opted
from tests.world import World


@dataclass
class Engine:
    statuses: dict[str, Status] = field(default_factory=dict)
    stopped: list[str] = field(default_factory=list)
    discarded: list[str] = field(default_factory=list)

    def start(self, spec: InstanceSpec) -> str:
        self.statuses.setdefault(spec.instance_id, Status(Condition.RUNNING, 1, None, 0.0))
        return f"127.0.0.1:{20_000 + len(self.statuses)}"

    def stop(self, instance_id: str, grace_s: float) -> None:
        self.stopped.append(instance_id)
        self.statuses[instance_id] = Status(Condition.ABSENT, 1, 0)

    def poll(self, instance_ids: Collection[str]) -> Mapping[str, Status]:
        return {each: self.statuses.get(each, Status(Condition.ABSENT)) for each in instance_ids}

    def instances(self) -> Collection[str]:
        return list(self.statuses)

    def discard(self, instance_id: str) -> None:
        self.discarded.append(instance_id)
        self.statuses.pop(instance_id, None)


@dataclass
class Publisher:
    routes: Routes = field(default_factory=Routes)
    active: int = 0

    def publish(self, routes: Routes) -> None:
        self.routes = routes

    def statistics(self, upstreams: Iterable[str]) -> Mapping[str, UpstreamStatistics]:
        return {name: UpstreamStatistics(active=self.active) for name in upstreams}


@pytest.fixture
def engine() -> Engine:
    return Engine()


@pytest.fixture
def publisher() -> Publisher:
    return Publisher()


@pytest.fixture
def controller(engine: Engine, publisher: Publisher) -> Controller:
    return Controller(engine, publisher)


def serving(world: World, engine: Engine, name: str = "hello") -> App:
    """An app with an active deployment and one healthy instance."""
    app = world.app(name)
    deployment = deployments.request(world.alice, app, bundle=world.bundle())
    for state in (State.BUILDING, State.STARTING, State.ACTIVE):
        assert deployment.move(state)
    App.objects.filter(pk=app.pk).update(active_deployment=deployment)
    instance = Instance.objects.create(
        workspace=app.workspace,
        deployment=deployment,
        state=InstanceState.HEALTHY,
        starts_seen=1,
        endpoint="127.0.0.1:1",
    )
    engine.statuses[instance.engine_id] = Status(Condition.RUNNING, 1, None, 0.0)
    return App.objects.get(pk=app.pk)


def instance_of(app: App) -> Instance:
    return Instance.objects.get(deployment=app.active_deployment)


def hosts(publisher: Publisher) -> list[str]:
    return [route.host for route in publisher.routes.routes]


class TestTheReapersSchedule:
    def rung(self) -> int:
        return sum(row.func() == queue.REAP for row in OrmQ.objects.all())

    def test_is_as_long_as_the_setting_says(self, world: World, controller: Controller, settings: LazySettings) -> None:
        settings.ENVIRONMENT_REAP_EVERY_S = 0.3

        controller.tick()
        controller.tick()
        soon = self.rung()
        time.sleep(0.3)
        controller.tick()

        assert (soon, self.rung()) == (1, 2)

    def test_is_none_where_the_setting_is_zero(
        self, world: World, controller: Controller, settings: LazySettings
    ) -> None:
        settings.ENVIRONMENT_REAP_EVERY_S = 0

        controller.tick()

        assert self.rung() == 0

    def test_lets_what_was_marked_go_in_between(self, world: World, controller: Controller) -> None:
        controller.tick()
        marked_at = timezone.now() - timedelta(seconds=REMOVE_S + 1)
        Environment.objects.create(key="ab" * 8, python_version="3.12.4", marked_at=marked_at)
        controller._bells._rang_reaper_at -= REMOVE_S

        controller.tick()

        assert self.rung() == 2


class TestTick:
    def test_rests_when_everything_is_as_wanted(
        self, world: World, controller: Controller, engine: Engine, publisher: Publisher
    ) -> None:
        app = serving(world, engine)

        assert controller.tick() is False
        assert hosts(publisher) == [app.host]

    def test_takes_the_route_before_it_stops_and_waits_for_open_requests(
        self, world: World, controller: Controller, engine: Engine, publisher: Publisher
    ) -> None:
        app = serving(world, engine)
        publisher.active = 1
        apps.stop(world.alice, app)

        for _ in range(3):
            controller.tick()
        assert (hosts(publisher), engine.stopped) == ([], [])
        publisher.active = 0
        for _ in range(2):
            controller.tick()

        assert instance_of(app).state == InstanceState.STOPPED
        assert engine.stopped == engine.discarded == [instance_of(app).engine_id]

    def test_retires_a_replaced_deployment(self, world: World, controller: Controller, engine: Engine) -> None:
        app = serving(world, engine)
        assert app.active_deployment is not None
        old = app.active_deployment
        old.move(State.DRAINING)

        for _ in range(4):
            controller.tick()

        old.refresh_from_db()
        assert old.state == State.RETIRED

    def test_takes_a_lost_instance_from_the_routes_at_once(
        self, world: World, controller: Controller, engine: Engine, publisher: Publisher
    ) -> None:
        app = serving(world, engine)
        engine.statuses.clear()

        controller.tick()

        assert instance_of(app).state != InstanceState.HEALTHY
        assert hosts(publisher) == []

    def test_tells_of_a_crash_once(self, world: World, controller: Controller, engine: Engine) -> None:
        app = serving(world, engine)
        engine.statuses[instance_of(app).engine_id] = Status(Condition.EXITED, 1, -9)

        for _ in range(3):
            controller.tick()

        incident = DeploymentEvent.objects.get(kind=EventKind.INCIDENT)
        assert (incident.deployment, incident.name, incident.text, incident.times) == (
            app.active_deployment,
            "crashed",
            "was ended by signal 9",
            1,
        )

    def test_ends_what_no_row_knows(self, world: World, controller: Controller, engine: Engine) -> None:
        engine.statuses["f" * 16] = Status(Condition.RUNNING, 1)

        controller.tick()

        assert engine.discarded == ["f" * 16]

    def test_ends_the_instance_of_a_deployment_that_failed(
        self, world: World, controller: Controller, engine: Engine
    ) -> None:
        app = serving(world, engine)
        Deployment.objects.filter(app=app).update(state=State.FAILED)

        for _ in range(3):
            controller.tick()

        assert instance_of(app).state == InstanceState.STOPPED

    def test_looks_after_the_others_when_one_app_is_broken(
        self, world: World, controller: Controller, engine: Engine, publisher: Publisher
    ) -> None:
        broken, whole = serving(world, engine, "broken"), serving(world, engine, "whole")
        # No launch: bringing its lost instance back must fail.
        engine.statuses.pop(instance_of(broken).engine_id)
        apps.stop(world.alice, whole)

        for _ in range(4):
            controller.tick()

        assert instance_of(whole).state == InstanceState.STOPPED

    def test_rings_for_a_build_whose_own_bell_got_lost(self, world: World, controller: Controller) -> None:
        waiting = deployments.request(world.alice, world.app("waiting"), bundle=world.bundle())
        OrmQ.objects.all().delete()

        assert controller.tick()
        assert queue.BUILD_NEXT not in {row.func() for row in OrmQ.objects.all()}
        Deployment.objects.filter(pk=waiting.pk).update(created_at=timezone.now() - timedelta(seconds=RING_AGAIN_S))
        assert controller.tick()

        assert [row.func() for row in OrmQ.objects.all()].count(queue.BUILD_NEXT) == 1

    def test_rings_for_previews_of_opting_out_and_ends_trials(
        self, world: World, controller: Controller, engine: Engine
    ) -> None:
        preview = opted.ready(world, opted.converted(world))
        OptOutPreview.objects.filter(pk=preview.pk).update(state="running", finished_at=None)
        OrmQ.objects.all().delete()

        controller.tick()
        assert queue.TRY_OPTING_OUT_NEXT in {row.func() for row in OrmQ.objects.all()}
        opt_outs.discard(world.alice, preview.app)
        controller._bells._rang_previewer_at = 0.0
        controller.tick()

        preview.trial.refresh_from_db()
        assert preview.trial.state in {State.DRAINING, State.RETIRED}

    def test_costs_the_same_however_many_apps_there_are(
        self, world: World, controller: Controller, engine: Engine
    ) -> None:
        serving(world, engine, "first")
        controller.tick()
        queries = count(controller)
        for number in range(5):
            serving(world, engine, f"more-{number}")
        controller.tick()  # Does what comes every few seconds, and is not of this round.

        assert count(controller) == queries


def count(controller: Controller) -> int:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as queries:
        controller.tick()
    return len(queries)
