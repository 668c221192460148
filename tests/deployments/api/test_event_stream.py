"""Streams through a real server: only there are requests asynchronous, and left by their clients."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client as DjangoClient
from django.utils import timezone

from deployments import layout
from deployments.following import clock, follow, logs, progress
from deployments.logs.lines import Line
from deployments.logs.segments import Writer
from deployments.models import App, Deployment, State
from deployments.operations import deployments
from tests.deployments.api.clients import APPS
from tests.deployments.api.live import LiveServer
from tests.world import World
from workspaces.models import AccessToken, Membership, User
from workspaces.operations import memberships

LOG = f"{APPS}/hello/deployments/1/log"
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
AS_STREAM = {"Accept": "text/event-stream"}

Event = dict[str, Any]


@pytest.fixture
def deployment(server: LiveServer, world: World) -> Deployment:
    return deployments.request(world.alice, world.app(), bundle=world.bundle())


@pytest.fixture
def writer(deployment: Deployment) -> Writer:
    return Writer(layout.build_log(deployment))


@pytest.fixture
def client(server: LiveServer, world: World) -> Iterator[httpx.Client]:
    with server.client(world.token(world.alice)) as client:
        yield client


def lines(*texts: str) -> list[Line]:
    return [Line(1767225600.25, "build", text) for text in texts]


def events(response: httpx.Response) -> Iterator[Event]:
    """The events of a stream, with their data read as JSON; comments are left out."""
    event: Event = {}
    for line in response.iter_lines():
        name, _, value = line.partition(": ")
        if not line:
            if "event" in event:
                yield event | {"data": json.loads(event["data"])}
            event = {}
        elif name:
            event[name] = value


def texts(found: list[Event]) -> list[str]:
    return [line["text"] for event in found if event["event"] == "lines" for line in event["data"]["lines"]]


class TestDeploymentStream:
    def test_tells_lines_and_states_until_the_end(
        self, client: httpx.Client, deployment: Deployment, writer: Writer
    ) -> None:
        writer.append(lines("a"))
        found: list[Event] = []

        with client.stream("GET", LOG, headers=AS_STREAM) as response:
            for event in events(response):
                found.append(event)
                if event["event"] == "lines" and texts([event]) == ["a"]:
                    deployment.move(State.BUILDING)
                    writer.append(lines("b"))
                    deployment.move(State.FAILED)
                    writer.append(lines("c\u2028d"))

        assert response.headers["Content-Type"] == "text/event-stream; charset=utf-8"
        assert texts(found) == ["a", "b", "c\N{REPLACEMENT CHARACTER}d"]
        states = [event["data"]["state"] for event in found if event["event"] == "state"]
        assert (states[0], states[-1]) == ("queued", "failed")
        assert found[-1]["event"] == "end"

    def test_tells_phases_with_the_state(self, client: httpx.Client, deployment: Deployment) -> None:
        deployment.move(State.FAILED, now=LONG_AGO)

        found = list(events(client.get(f"{LOG}?stream=1")))

        assert [phase["name"] for phase in found[0]["data"]["phases"]] == ["queued"]

    def test_resumes_without_loss_or_repetition(
        self, client: httpx.Client, deployment: Deployment, writer: Writer
    ) -> None:
        written = [f"line {number}" for number in range(3 * logs.PAGE_LINES)]
        writer.append(lines(*written))
        deployment.move(State.FAILED, now=LONG_AGO)
        found: list[Event] = []

        # A client that loses its connection after each piece.
        headers = dict(AS_STREAM)
        for _ in range(4):
            with client.stream("GET", LOG, headers=headers) as response:
                for event in events(response):
                    found.append(event)
                    if "id" in event:
                        headers["Last-Event-ID"] = event["id"]
                        break

        assert found[-1]["event"] == "end"
        assert texts(found) == written
        assert sum(event["event"] == "lines" for event in found) == 3

    def test_refuses_a_strange_event_id(self, client: httpx.Client, deployment: Deployment) -> None:
        response = client.get(LOG, headers={**AS_STREAM, "Last-Event-ID": "x"})

        assert (response.status_code, response.json()["code"]) == (400, "invalid")

    def test_can_begin_with_its_tail(self, client: httpx.Client, deployment: Deployment, writer: Writer) -> None:
        writer.append(lines("a", "b", "c"))
        deployment.move(State.FAILED, now=LONG_AGO)

        assert texts(list(events(client.get(f"{LOG}?tail=2", headers=AS_STREAM)))) == ["b", "c"]

    def test_holds_neither_a_thread_nor_a_connection(
        self, server: LiveServer, world: World, deployment: Deployment
    ) -> None:
        token = world.token(world.alice)
        with server.client(token) as client:
            streams = [_open(client) for _ in range(12)]
            for _, stream in streams:
                assert next(stream)["event"] == "state"

            # One thread and one connection ask the rows for everybody; some few threads read the files.
            assert eventually(lambda: len(_request_threads()) == 0)
            assert eventually(lambda: _connections() <= 2)
            for response, _ in streams:
                response.close()

    def test_ends_when_the_client_leaves(
        self, client: httpx.Client, deployment: Deployment, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        looks: list[int] = []
        read = progress.read
        monkeypatch.setattr(clock, "ROW_POLL_S", 0.0)
        monkeypatch.setattr(progress, "read", lambda key: (looks.append(key), read(key))[1])
        response, stream = _open(client)
        next(stream)
        assert eventually(lambda: len(looks) > 1)

        response.close()

        assert eventually(lambda: _is_still(looks))

    def test_says_that_it_is_still_there(
        self, client: httpx.Client, deployment: Deployment, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(clock, "HEARTBEAT_S", 0.1)

        with client.stream("GET", LOG, headers=AS_STREAM) as response:
            assert ": still here" in response.iter_lines()

    def test_lets_go_after_a_while_so_that_access_is_asked_again(
        self, client: httpx.Client, deployment: Deployment, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(clock, "LONGEST_S", 0.5)

        found = list(events(client.get(LOG, headers=AS_STREAM)))

        assert [event["event"] for event in found] == ["state"]


def deactivate(world: World) -> None:
    memberships.deactivate(world.alice, Membership.objects.get(user=world.bob.user), now=timezone.now())


def reactivate_at_once(world: World) -> None:
    deactivate(world)
    memberships.reactivate(world.alice, Membership.objects.get(user=world.bob.user))


def close_the_account(world: World) -> None:
    User.objects.filter(pk=world.bob.pk).update(is_active=False)


def let_the_token_expire(world: World) -> None:
    AccessToken.objects.filter(user=world.bob.user).update(expires_at=timezone.now())


def sign_out(world: World) -> None:
    Session.objects.all().delete()


def change_the_password(world: World) -> None:
    world.bob.user.set_password("a wholly new phrase")
    world.bob.user.save()


class TestRights:
    """What ends a stream that is open, within seconds: neither the API's nor the page's goes on."""

    @pytest.mark.parametrize("end", [deactivate, reactivate_at_once, close_the_account, let_the_token_expire])
    def test_end_with_a_membership_or_a_token(
        self, end: Callable[[World], None], server: LiveServer, world: World, deployment: Deployment
    ) -> None:
        with server.client(world.token(world.bob)) as client:
            assert _seconds_until_closed(client, f"{APPS}/hello/log?stream=1", lambda: end(world)) < 10
            assert client.get(f"{APPS}/hello/log").status_code == 401

    @pytest.mark.parametrize("end", [deactivate, sign_out, change_the_password])
    def test_end_with_a_session(
        self, end: Callable[[World], None], server: LiveServer, world: World, deployment: Deployment
    ) -> None:
        browser = DjangoClient()
        browser.force_login(world.bob.user)
        with server.client() as client:
            client.cookies.set(settings.SESSION_COOKIE_NAME, browser.cookies[settings.SESSION_COOKIE_NAME].value)
            page = "/w/acme/apps/hello/deployments/1/log"
            assert _seconds_until_closed(client, page, lambda: end(world)) < 10
            assert client.get(page).status_code in {302, 404}

    def test_stay_for_others(self, server: LiveServer, world: World, deployment: Deployment) -> None:
        with server.client(world.token(world.alice)) as client, client.stream("GET", LOG, headers=AS_STREAM) as answer:
            stream = events(answer)
            next(stream)
            deactivate(world)
            time.sleep(2 * clock.RIGHTS_POLL_S)
            deployment.move(State.BUILDING)

            assert next(stream)["data"]["state"] == "building"


class TestAppStream:
    def test_goes_on_after_the_deployment_is_decided(self, client: httpx.Client, deployment: Deployment) -> None:
        deployment.move(State.FAILED, now=LONG_AGO)
        writer = Writer(layout.app_log(App.objects.get()))
        writer.append(lines("a"))

        with client.stream("GET", f"{APPS}/hello/log", headers=AS_STREAM) as response:
            stream = events(response)
            first = next(stream)
            writer.append(lines("b"))
            second = next(stream)

        assert texts([first, second]) == ["a", "b"]


def _seconds_until_closed(client: httpx.Client, address: str, end: Callable[[], None]) -> float:
    with client.stream("GET", address, headers=AS_STREAM) as response:
        assert response.status_code == 200, response
        pieces = response.iter_raw()
        next(pieces)
        end()
        ended_at = time.monotonic()
        for _ in pieces:
            pass
    return time.monotonic() - ended_at


def _open(client: httpx.Client) -> tuple[httpx.Response, Iterator[Event]]:
    response = client.send(client.build_request("GET", LOG, headers=AS_STREAM), stream=True)
    return response, events(response)


def _request_threads() -> list[str]:
    """The threads that Django answers requests in have the executor's default name."""
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("ThreadPoolExecutor")]


def _connections() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()")
        return int(cursor.fetchone()[0])


def _is_still(looks: list[int]) -> bool:
    before = len(looks)
    time.sleep(4 * follow.POLL_S)
    return len(looks) == before


def eventually(is_so: Callable[[], bool]) -> bool:
    """Whether it becomes so within 20 s."""
    deadline = time.monotonic() + 20
    while not is_so():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True
