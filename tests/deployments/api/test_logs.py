"""Logs page by page, through the test client; test_event_stream.py has the streams."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from deployments import layout
from deployments.logs.lines import Line
from deployments.logs.segments import Writer
from deployments.models import App, Deployment, State
from deployments.operations import deployments
from tests.deployments.api.clients import APPS, Client, is_error
from tests.world import World

LOG = f"{APPS}/hello/deployments/1/log"

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def deployment(world: World) -> Deployment:
    return deployments.request(world.alice, world.app(), bundle=world.bundle())


@pytest.fixture
def writer(deployment: Deployment) -> Writer:
    return Writer(layout.build_log(deployment))


def lines(*texts: str) -> list[Line]:
    return [Line(1767225600.25, "build", text) for text in texts]


class TestDeploymentLog:
    def test_is_empty_before_the_first_line(self, alice: Client, deployment: Deployment) -> None:
        page = alice.get(LOG).json()

        assert (page["lines"], page["finished"]) == ([], False)

    def test_tells_when_who_and_what(self, alice: Client, writer: Writer) -> None:
        writer.append(lines("Unpacking"))

        page = alice.get(LOG).json()

        assert page["lines"] == [{"at": "2026-01-01T00:00:00.250Z", "source": "build", "text": "Unpacking"}]

    def test_goes_on_at_next_offset(self, alice: Client, writer: Writer) -> None:
        writer.append(lines("a", "b", "c"))

        first = alice.get(f"{LOG}?limit=2").json()
        second = alice.get(f"{LOG}?offset={first['next_offset']}").json()
        writer.append(lines("d"))
        third = alice.get(f"{LOG}?offset={second['next_offset']}").json()

        assert [texts(page) for page in (first, second, third)] == [["a", "b"], ["c"], ["d"]]

    def test_is_finished_when_the_deployment_is_decided_and_all_is_read(
        self, alice: Client, deployment: Deployment, writer: Writer
    ) -> None:
        writer.append(lines("a", "b"))
        deployment.move(State.FAILED, now=LONG_AGO)

        first = alice.get(f"{LOG}?limit=1").json()
        second = alice.get(f"{LOG}?offset={first['next_offset']}").json()

        assert (first["finished"], second["finished"]) == (False, True)

    def test_waits_for_the_last_words_of_who_decided(self, alice: Client, deployment: Deployment) -> None:
        deployment.move(State.FAILED, now=timezone.now() + timedelta(minutes=1))

        assert alice.get(LOG).json()["finished"] is False

    def test_can_begin_with_its_tail(self, alice: Client, writer: Writer) -> None:
        writer.append(lines("a", "b", "c"))

        assert texts(alice.get(f"{LOG}?tail=2").json()) == ["b", "c"]

    @pytest.mark.parametrize(
        "query",
        ["offset=x", "offset=-1", "offset=1-", "offset=../1-0", "offset=%00", "limit=0", "limit=2001", "limit=x",
         "tail=0", "tail=-1", "tail=1&offset=1-0", "stream=perhaps"],
    )  # fmt: skip
    def test_refuses_a_strange_query(self, alice: Client, deployment: Deployment, query: str) -> None:
        assert is_error(alice.get(f"{LOG}?{query}"), 400, "invalid")

    def test_answers_an_error_as_json_to_who_wants_a_stream(self, alice: Client, deployment: Deployment) -> None:
        response = alice.get(f"{LOG}?offset=x", headers={"Accept": "text/event-stream"})

        assert response["Content-Type"] == "application/json"
        assert is_error(response, 400, "invalid")


class TestAppLog:
    def test_is_never_finished(self, alice: Client, deployment: Deployment) -> None:
        Writer(layout.app_log(App.objects.get())).append(lines("Listening"))
        deployment.move(State.FAILED, now=LONG_AGO)

        page = alice.get(f"{APPS}/hello/log").json()

        assert (texts(page), page["finished"]) == (["Listening"], False)


def texts(page: dict[str, list[dict[str, str]]]) -> list[str]:
    return [line["text"] for line in page["lines"]]
