"""How a deployment is watched."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from deployments import layout
from deployments.api.dialect_states import CONNECT_EXIT_CODES
from deployments.logs.lines import Line
from deployments.logs.segments import Writer
from deployments.models import Deployment, State
from deployments.models.deployment import IN_FLIGHT
from deployments.operations import deployments
from tests.deployments.api.clients import Client
from tests.deployments.api.connect.dialect import API, bring, error
from tests.deployments.api.live import LiveServer
from tests.world import World
from workspaces.models import AccessToken

LONG_AGO = timedelta(minutes=5)
WAITING = 24


def connections_open() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()")
        return int(cursor.fetchone()[0])


def until(is_true: Callable[[], bool]) -> None:
    time.sleep(3)
    deadline = time.monotonic() + 20
    while not is_true():
        assert time.monotonic() < deadline
        time.sleep(0.1)


@pytest.fixture
def deployment(world: World) -> Deployment:
    return deployments.request(world.alice, world.app(), bundle=world.bundle())


@pytest.fixture
def task(deployment: Deployment) -> str:
    return f"{API}/tasks/{deployment.uuid.hex}"


def say(deployment: Deployment, *texts: str) -> None:
    Writer(layout.build_log(deployment)).append([Line(1767225600.25, "slipway", text) for text in texts])


def decide(deployment: Deployment, end: State, **changes: str) -> None:
    bring(deployment, end, **changes)
    Deployment.objects.filter(pk=deployment.pk).update(state_changed_at=timezone.now() - LONG_AGO)


class TestATask:
    def test_tells_lines_from_the_first_that_is_new(self, alice: Client, deployment: Deployment, task: str) -> None:
        say(deployment, "a", "b")
        first = alice.get(task).json()
        say(deployment, "c")
        second = alice.get(f"{task}?first={first['last']}").json()

        assert (first["output"], first["last"], first["finished"], first["code"]) == (["a", "b"], 2, False, 0)
        assert (second["output"], second["last"]) == (["c"], 3)
        assert first["id"] == deployment.uuid.hex
        assert (first["error"], first["result"]) == ("", None)

    @pytest.mark.parametrize("end", [State.ACTIVE, State.READY])
    def test_ends_well(self, alice: Client, deployment: Deployment, task: str, end: State) -> None:
        decide(deployment, end)

        told = alice.get(f"{task}?wait=1").json()

        assert (told["finished"], told["code"], told["error"]) == (True, 0, "")

    def test_ends_badly_with_a_sentence(self, alice: Client, deployment: Deployment, task: str) -> None:
        decide(deployment, State.FAILED, failure_message="It lacks 'x'.", failure_hint="Add it.")

        told = alice.get(f"{task}?wait=1").json()

        assert (told["finished"], told["code"], told["error"]) == (True, 1, "It lacks 'x'. Add it.")

    def test_says_by_what_it_was_superseded(self, alice: Client, deployment: Deployment, task: str) -> None:
        deployment.move(State.CANCELLED, text="Superseded by deployment 2", now=timezone.now() - LONG_AGO)

        assert alice.get(task).json()["error"] == "Deployment 1 was cancelled. Superseded by deployment 2"

    def test_is_not_finished_before_its_last_words(self, alice: Client, deployment: Deployment, task: str) -> None:
        bring(deployment, State.ACTIVE)

        assert alice.get(task).json()["finished"] is False

    @pytest.mark.parametrize("task_id", ["c797b17121f14b8b96c4644fe13c5884", "x", "%00", "{}"])
    def test_is_not_found(self, alice: Client, task_id: str) -> None:
        assert error(alice.get(f"{API}/tasks/{task_id}")) == (404, 4)

    def test_is_hidden_from_a_stranger(self, charlie: Client, task: str) -> None:
        assert error(charlie.get(task)) == (404, 4)

    @pytest.mark.parametrize("query", ["first=-1", "first=x", "wait=-1", "wait=1e9"])
    def test_refuses_what_is_no_number(self, alice: Client, task: str, query: str) -> None:
        assert error(alice.get(f"{task}?{query}")) == (400, 25)


class TestWaiting:
    def test_returns_when_it_is_finished(self, server: LiveServer, world: World) -> None:
        deployment = deployments.request(world.alice, world.app(), bundle=world.bundle())
        say(deployment, "first")
        with server.client(world.token(world.alice)) as client, ThreadPoolExecutor() as threads:
            waiting = threads.submit(client.get, f"{API}/tasks/{deployment.uuid.hex}?wait=20")
            time.sleep(1)
            say(deployment, "last")
            decide(deployment, State.ACTIVE)
            told = waiting.result(15).json()

        assert (told["finished"], told["output"]) == (True, ["first", "last"])

    def test_returns_when_the_time_is_over(self, server: LiveServer, world: World) -> None:
        deployment = deployments.request(world.alice, world.app(), bundle=world.bundle())
        begun = time.monotonic()
        with server.client(world.token(world.alice)) as client:
            told = client.get(f"{API}/tasks/{deployment.uuid.hex}?wait=1")

        assert (told.json()["finished"], told.headers["content-type"]) == (False, "application/json")
        assert time.monotonic() - begun >= 1

    def test_holds_neither_threads_nor_connections(self, server: LiveServer, world: World) -> None:
        deployment = deployments.request(world.alice, world.app(), bundle=world.bundle())
        token, url = world.token(world.alice), f"{API}/tasks/{deployment.uuid.hex}?wait=30"
        before = threading.active_count()
        with server.client(token) as client, ThreadPoolExecutor(WAITING) as threads:
            waiting = [threads.submit(client.get, url) for _ in range(WAITING)]
            # All have been let in, and none is answered.
            until(
                lambda: threading.active_count() - before - WAITING < WAITING / 4 and connections_open() < WAITING / 4
            )
            assert not any(one.done() for one in waiting)
            decide(deployment, State.ACTIVE)

            assert all(one.result(30).json()["finished"] for one in waiting)

    def test_tells_no_more_to_whoever_may_not_follow(self, server: LiveServer, world: World) -> None:
        deployment = deployments.request(world.alice, world.app(), bundle=world.bundle())
        with server.client(world.token(world.alice)) as client, ThreadPoolExecutor() as threads:
            waiting = threads.submit(client.get, f"{API}/tasks/{deployment.uuid.hex}?wait=20")
            time.sleep(1)
            AccessToken.objects.update(revoked_at=timezone.now())
            say(deployment, "a secret")
            told = waiting.result(15).json()

        assert (told["finished"], told["output"]) == (False, [])


def test_every_state_is_an_end_or_on_its_way() -> None:
    assert CONNECT_EXIT_CODES.keys() | set(IN_FLIGHT) == set(State)
