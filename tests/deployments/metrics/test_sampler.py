"""The sampler over real rows, with an engine and a proxy that answer as they are told."""

import logging
import threading
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest

from deployments.engines.base import Engine, EngineUnavailable, Usage
from deployments.metrics.sampler import Sampler
from deployments.models import App, DeploymentEvent, EventKind, Instance, InstanceState, Sample, State
from deployments.operations import deployments
from deployments.routing.envoy_admin import Buckets, EnvoyAdmin, Value
from tests.world import World

NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)
EVERY_S = 30


@dataclass
class Uses:
    by_instance: dict[str, Usage] = field(default_factory=dict)
    hangs: threading.Event | None = None
    is_down: bool = False

    def usage(self, instance_ids: Collection[str]) -> Mapping[str, Usage]:
        if self.hangs:
            self.hangs.wait(20)
        if self.is_down:
            raise EngineUnavailable("The supervisor of the instances does not answer.")
        return {name: usage for name, usage in self.by_instance.items() if name in instance_ids}


class Counts(EnvoyAdmin):
    def __init__(self) -> None:
        super().__init__(Path("/nowhere"))
        self.values: dict[str, Value] = {}
        self.histograms: dict[str, Buckets] = {}

    def used_statistics(self, pattern: str) -> tuple[Mapping[str, Value], Mapping[str, Buckets]]:
        return dict(self.values), dict(self.histograms)


class Clock:
    """Moves the slots, the sampler's own clock and the proxy's age together."""

    def __init__(self, uses: Uses, counts: Counts) -> None:
        self.counts, self.at = counts, NOON
        self.sampler = Sampler(cast(Engine, uses), counts, every_s=EVERY_S, clock=lambda: self.at.timestamp())

    def look(self, after_s: float = EVERY_S) -> None:
        """One look, with its end taken up."""
        self.at += timedelta(seconds=after_s)
        self.counts.values["server.uptime"] = int((self.at - NOON).total_seconds()) + 3600
        self.sampler.tick(self.at)
        self.finish()

    def finish(self) -> None:
        for thread in threading.enumerate():
            if thread.name == "sampler":
                thread.join(10)
        self.sampler.tick(self.at)


@pytest.fixture
def uses() -> Uses:
    return Uses()


@pytest.fixture
def counts() -> Counts:
    return Counts()


@pytest.fixture
def clock(uses: Uses, counts: Counts) -> Clock:
    return Clock(uses, counts)


def complaints(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.name == "deployments.metrics.sampler"]


def serving(world: World, uses: Uses, name: str = "hello", **fields: Any) -> tuple[App, str, str]:
    """An app with one instance; with the proxy's and the engine's name for it."""
    app = world.app(name)
    deployment = deployments.request(world.alice, app, bundle=world.bundle(), **fields)
    for state in (State.BUILDING, State.STARTING):
        assert deployment.move(state)
    instance = Instance.objects.create(workspace=app.workspace, deployment=deployment, state=InstanceState.HEALTHY)
    uses.by_instance[instance.engine_id] = Usage(50_000_000, 10.0)
    return app, deployment.upstream, instance.engine_id


def count(counts: Counts, upstream: str, **numbers: int) -> None:
    for statistic, number in numbers.items():
        counts.values[f"cluster.{upstream}.{statistic}"] = number


class TestTick:
    def test_writes_what_happened_since_the_look_before(
        self, world: World, clock: Clock, uses: Uses, counts: Counts
    ) -> None:
        app, upstream, instance = serving(world, uses)
        count(counts, upstream, upstream_rq_completed=100, upstream_rq_5xx=1, upstream_cx_rx_bytes_total=5000)
        clock.look()
        assert not Sample.objects.exists(), "nobody knows when those 100 came"

        count(counts, upstream, upstream_rq_completed=160, upstream_rq_5xx=4, upstream_cx_rx_bytes_total=9000)
        counts.histograms[f"cluster.{upstream}.upstream_rq_time"] = [(5, 50), (10, 10)]
        uses.by_instance[instance] = Usage(70_000_000, 11.5)
        clock.look()

        sample = Sample.objects.get()
        assert (sample.app, sample.at, sample.span_s, sample.covered_s) == (app, NOON + timedelta(seconds=30), 30, 30)
        assert (sample.requests, sample.errors, sample.bytes_out, sample.times[:3]) == (60, 3, 4000, [50, 10, 0])
        assert (sample.memory_bytes, sample.instances, sample.cpu_ms) == (70_000_000, 1, 1500)

    def test_looks_once_in_a_slot(self, world: World, clock: Clock, uses: Uses) -> None:
        serving(world, uses)
        for _ in range(20):
            clock.look(after_s=6)

        assert [sample.at.second for sample in Sample.objects.order_by("at")] == [0, 30, 0, 30]

    def test_writes_nothing_about_what_does_not_run(self, world: World, clock: Clock, uses: Uses) -> None:
        serving(world, uses, "runs")
        _, _, instance = serving(world, uses, "down")
        del uses.by_instance[instance]
        world.app("empty")

        for _ in range(2):
            clock.look()

        assert [sample.app.name for sample in Sample.objects.all()] == ["runs"]

    def test_leaves_drafts_out(self, world: World, clock: Clock, uses: Uses) -> None:
        serving(world, uses, draft=True)

        for _ in range(2):
            clock.look()

        assert not Sample.objects.exists()

    def test_adds_both_deployments_of_a_switch(self, world: World, clock: Clock, uses: Uses, counts: Counts) -> None:
        app, old, _ = serving(world, uses)
        new = deployments.request(world.alice, app, bundle=world.bundle())
        instance = Instance.objects.create(workspace=app.workspace, deployment=new, state=InstanceState.STARTING)
        uses.by_instance[instance.engine_id] = Usage(1_000_000, 0.0)
        clock.look()

        count(counts, old, upstream_rq_completed=4)
        count(counts, new.upstream, upstream_rq_completed=5)
        clock.look()

        sample = Sample.objects.get()
        assert (sample.requests, sample.memory_bytes, sample.instances, sample.covered_s) == (9, 51_000_000, 2, 30)

    def test_goes_on_counting_after_a_failed_look(
        self, world: World, clock: Clock, uses: Uses, counts: Counts, caplog: pytest.LogCaptureFixture
    ) -> None:
        _, upstream, _ = serving(world, uses)
        clock.look()

        uses.is_down = True
        with caplog.at_level(logging.WARNING):
            for _ in range(3):
                clock.look()
        uses.is_down = False
        count(counts, upstream, upstream_rq_completed=40)
        clock.look()

        sample = Sample.objects.get()
        assert (sample.requests, sample.covered_s) == (40, 120)
        assert complaints(caplog) == ["The graphs of apps have a gap: The supervisor of the instances does not answer."]

    def test_does_not_wait_for_an_engine_that_hangs(
        self, world: World, clock: Clock, uses: Uses, caplog: pytest.LogCaptureFixture
    ) -> None:
        serving(world, uses)
        uses.hangs = threading.Event()

        began = time.perf_counter()
        with caplog.at_level(logging.WARNING):
            for _ in range(4):
                clock.at += timedelta(seconds=EVERY_S)
                clock.sampler.tick(clock.at)
        took_s = time.perf_counter() - began
        uses.hangs.set()
        clock.finish()

        assert took_s < 2
        assert len([thread for thread in threading.enumerate() if thread.name == "sampler"]) == 0
        assert len(complaints(caplog)) == 1
        assert "has not answered" in complaints(caplog)[0]

    def test_tells_of_instances_that_the_proxy_passed_over(
        self, world: World, clock: Clock, uses: Uses, counts: Counts
    ) -> None:
        _, upstream, _ = serving(world, uses)
        clock.look()

        counts.values[f"cluster.{upstream}.outlier_detection.ejections_enforced_total"] = 2
        clock.look()

        event = DeploymentEvent.objects.get(kind=EventKind.INCIDENT)
        assert (event.name, event.times) == ("ejected", 2)

    def test_never_looks_when_that_is_switched_off(self, world: World, uses: Uses, counts: Counts) -> None:
        serving(world, uses)
        sampler = Sampler(cast(Engine, uses), counts, every_s=0)

        for second in range(0, 120, 10):
            sampler.tick(NOON + timedelta(seconds=second))

        assert not Sample.objects.exists()
        assert "sampler" not in {thread.name for thread in threading.enumerate()}
