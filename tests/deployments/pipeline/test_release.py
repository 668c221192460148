"""A release of several instances: the first one passes alone, then the others, and then visitors are moved."""

import http.server
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, cast

import psycopg
import pytest
from django.db import OperationalError
from django.utils import timezone

from deployments.engines.base import Condition, Engine, InstanceSpec, Status
from deployments.models import App, Cause, Deployment, Instance, InstanceState, State
from deployments.operations import apps, deployments
from deployments.pipeline import platform, release
from deployments.pipeline.launches import StoredLaunch
from deployments.pipeline.world import Memory, World
from tests import world as tests


class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        pass


@dataclass
class OneServer:
    """Holds what it is told; every instance is one real server."""

    endpoint: str
    statuses: dict[str, Status] = field(default_factory=dict)

    def start(self, spec: InstanceSpec) -> str:
        self.statuses.setdefault(spec.instance_id, Status(Condition.RUNNING, 1, None, time.time()))
        return self.endpoint

    def stop(self, instance_id: str, grace_s: float) -> None:
        self.statuses[instance_id] = Status(Condition.ABSENT, 1, 3)


@dataclass
class Releasing:
    deployment: Deployment
    engine: OneServer
    memory: Memory = field(default_factory=Memory)
    published: list[int] = field(default_factory=list)

    def look(self, *, later_s: float = 0.0) -> None:
        """One look of the controller."""
        found = Deployment.objects.select_related("app", "bundle__workspace").prefetch_related("instances")
        deployment = found.get(pk=self.deployment.pk)
        if deployment.state == State.STARTING:
            now = timezone.now() + timedelta(seconds=later_s)
            release.advance(
                deployment, World(cast(Engine, self.engine), self.engine.statuses, now, self.memory, self.note)
            )
            time.sleep(0.02)

    def note(self, *, including: Deployment) -> None:
        self.published.append(including.instances.filter(state=InstanceState.HEALTHY).count())

    def until(self, instances: int) -> None:
        for _ in range(200):
            if len(self.instances) >= instances:
                return
            self.look()
        raise AssertionError(self.instances)

    @property
    def instances(self) -> list[Instance]:
        return list(self.deployment.instances.order_by("pk"))

    @property
    def state(self) -> str:
        return Deployment.objects.get(pk=self.deployment.pk).state


@pytest.fixture
def releasing(world: tests.World) -> Iterator[Releasing]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    app = apps.create(world.alice, name="hello", scaling="horizontal", instances=3, startup_s=0.0, start_timeout_s=5.0)
    deployment = deployments.request(world.alice, app, bundle=world.bundle())
    interpreter = platform.interpreters()[0]
    launch = StoredLaunch("none", "web_app", ("python",), {}, interpreter.identity, interpreter.version, "0" * 16)
    Deployment.objects.filter(pk=deployment.pk).update(state=State.STARTING, launch=launch.to_json())
    yield Releasing(deployment, OneServer(f"127.0.0.1:{server.server_port}"))
    server.shutdown()
    server.server_close()


class TestAdvance:
    def test_starts_the_others_once_the_first_has_passed(self, releasing: Releasing) -> None:
        releasing.look()
        assert [instance.state for instance in releasing.instances] == [InstanceState.STARTING]

        releasing.until(3)

        first, *others = releasing.instances
        assert first.state == InstanceState.HEALTHY
        assert {instance.state for instance in others} == {InstanceState.STARTING}
        assert (releasing.state, releasing.published) == (State.STARTING, [])

    def test_moves_traffic_when_all_have_passed(self, releasing: Releasing) -> None:
        while releasing.state == State.STARTING:
            releasing.look()

        assert releasing.state == State.ACTIVE
        assert releasing.published == [3]
        steps = releasing.deployment.events.filter(kind="step_started").values_list("name", flat=True)
        assert list(steps) == ["instances", "startup", "readiness", "others", "switch"]

    def test_fails_when_one_of_the_others_crashes(self, releasing: Releasing) -> None:
        releasing.until(3)
        releasing.engine.statuses[releasing.instances[2].engine_id] = Status(Condition.EXITED, 1, 3)

        for _ in range(3):
            releasing.look(later_s=2)

        assert (releasing.state, releasing.published) == (State.FAILED, [])

    def test_fails_when_the_first_one_dies_while_the_others_start(self, releasing: Releasing) -> None:
        releasing.until(3)
        releasing.engine.statuses[releasing.instances[0].engine_id] = Status(Condition.RUNNING, 2, 3, time.time())

        for _ in range(3):
            releasing.look(later_s=2)

        assert releasing.state == State.FAILED

    def test_lets_one_pass_again_that_was_lost_with_the_engine(self, releasing: Releasing) -> None:
        releasing.until(3)
        first = releasing.instances[0]
        releasing.engine.statuses[first.engine_id] = Status(Condition.EXITED, 1, -9, time.time(), was_lost=True)
        for _ in range(3):
            releasing.look()
        assert (releasing.instances[0].state, releasing.published) == (InstanceState.STARTING, [])

        releasing.engine.statuses[first.engine_id] = Status(Condition.RUNNING, 2, -9, time.time(), was_lost=True)
        while releasing.state == State.STARTING:
            releasing.look()

        assert (releasing.state, releasing.published) == (State.ACTIVE, [3])

    def test_fails_when_one_is_lost_again_and_again(self, releasing: Releasing) -> None:
        releasing.look()
        lost = Status(Condition.RUNNING, release.MOST_LOST + 1, -9, time.time(), was_lost=True)
        releasing.engine.statuses[releasing.instances[0].engine_id] = lost

        for _ in range(3):
            releasing.look(later_s=2)

        assert releasing.state == State.FAILED

    def test_goes_on_after_the_database_was_away(
        self, releasing: Releasing, monkeypatch: pytest.MonkeyPatch
    ) -> None:  # fmt: skip
        def away(**_: object) -> None:
            raise OperationalError("connection refused") from psycopg.OperationalError("connection refused")

        releasing.until(3)
        monkeypatch.setattr(releasing, "note", away)
        with pytest.raises(OperationalError):
            releasing.look()
        monkeypatch.undo()
        assert releasing.state == State.STARTING

        releasing.look()

        assert releasing.state == State.ACTIVE

    def test_starts_no_more_than_are_wanted_by_then(self, releasing: Releasing) -> None:
        App.objects.filter(pk=releasing.deployment.app_id).update(instances=1)

        while releasing.state == State.STARTING:
            releasing.look()

        assert (releasing.state, releasing.published) == (State.ACTIVE, [1])

    def test_gives_a_standard_app_its_one_instance(self, releasing: Releasing) -> None:
        App.objects.filter(pk=releasing.deployment.app_id).update(scaling="standard")

        while releasing.state == State.STARTING:
            releasing.look()

        assert App.objects.get(pk=releasing.deployment.app_id).instances == 1

    @pytest.mark.parametrize("other", [Cause.UPLOAD, Cause.TRIAL])
    @pytest.mark.parametrize("cause", [Cause.UPLOAD, Cause.TRIAL])
    def test_of_a_draft_replaces_one_of_its_kind(
        self, cause: Cause, other: Cause, releasing: Releasing, world: tests.World
    ) -> None:
        app, own = releasing.deployment.app, Deployment.objects.filter(pk=releasing.deployment.pk)
        own.update(is_draft=True, cause=cause)
        earlier = deployments.request(world.alice, app, bundle=world.bundle(), draft=True)
        Deployment.objects.filter(pk=earlier.pk).update(state=State.READY, cause=other)

        while releasing.state == State.STARTING:
            releasing.look()

        earlier.refresh_from_db()
        assert releasing.state == State.READY
        assert earlier.state == (State.DRAINING if cause == other else State.READY)
