import csv
import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.deployments.api.clients import Client, is_error
from tests.world import World
from workspaces.models import AuditEvent

AUDIT = "/api/v1/audit"


@pytest.fixture
def alice(world: World) -> Client:
    return Client(world.token(world.alice))


def walk(client: Client, address: str) -> Iterator[dict[str, Any]]:
    following: str | None = address
    while following:
        page = client.get(following).json()
        yield from page["results"]
        following = page["next"]


def lines(client: Client, query: str = "") -> list[dict[str, str]]:
    answer = client.get(AUDIT + query, headers={"Accept": "text/csv"})
    text = b"".join(answer).decode()
    return list(csv.DictReader(text.splitlines()))


class TestGet:
    def test_says_who_did_what_to_which_thing_from_where_and_when(self, world: World, alice: Client) -> None:
        alice.post("/api/v1/apps", {"name": "orders"}, headers={"X-Forwarded-For": "192.0.2.7"})

        event = alice.get(AUDIT).json()["results"][0]

        assert (event["actor"], event["verb"], event["object_type"]) == ("Alice", "created", "app")
        assert (event["object_name"], event["address"]) == ("orders", "192.0.2.7")
        assert event["at"]

    def test_is_for_admins(self, world: World, alice: Client) -> None:
        assert is_error(Client(world.token(world.bob)).get(AUDIT), 403, "forbidden")

    def test_holds_nothing_of_another_workspace(self, world: World, alice: Client) -> None:
        world.app("theirs", by=world.charlie)

        assert "theirs" not in json.dumps(list(walk(alice, AUDIT)))

    def test_pages_newest_first_without_a_gap(self, world: World, alice: Client) -> None:
        for number in range(7):
            world.app(f"app-{number}")

        names = [event["object_name"] for event in walk(alice, f"{AUDIT}?limit=2&object_type=app")]

        assert names == [f"app-{number}" for number in reversed(range(7))]

    def test_filters(self, world: World, alice: Client) -> None:
        world.app("hers")
        world.app("his", by=world.bob)
        tomorrow = (timezone.now() + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ")

        def names(query: str) -> list[str]:
            return [event["object_name"] for event in walk(alice, f"{AUDIT}?object_type=app&{query}")]

        assert names("actor=Bob") == ["his"]
        assert names("verb=created") == ["his", "hers"]
        assert names("verb=deleted") == []
        assert names(f"since={tomorrow}") == []
        assert names(f"until={tomorrow}") == ["his", "hers"]

    @pytest.mark.parametrize(
        "query", ["since=yesterday", "until=2026-13-01T00:00:00Z", "actor=%00", "cursor=x", "cursor=LTE", "who=Bob"]
    )
    def test_refuses_what_cannot_be_asked(self, query: str, alice: Client) -> None:
        assert is_error(alice.get(f"{AUDIT}?{query}"), 400, "invalid")

    def test_pages_100_000_rows_with_a_constant_number_of_queries(self, world: World, alice: Client) -> None:
        world.app()
        alice.get(AUDIT)
        with CaptureQueriesContext(connection) as few:
            alice.get(AUDIT)
        rows = (
            AuditEvent(workspace=world.alice.workspace, actor_name="A", verb="x", object_type="y", object_name=str(n))
            for n in range(100_000)
        )
        AuditEvent.objects.bulk_create(rows, batch_size=5000)
        following = alice.get(f"{AUDIT}?limit=200").json()["next"]

        with CaptureQueriesContext(connection) as many:
            page = alice.get(following).json()

        assert len(page["results"]) == 200
        assert len(many) == len(few)


class TestCsv:
    def test_holds_everything_that_matches(self, world: World, alice: Client) -> None:
        rows = (
            AuditEvent(workspace=world.alice.workspace, actor_name="A", verb="x", object_type="y", object_name=str(n))
            for n in range(2500)
        )
        AuditEvent.objects.bulk_create(rows)

        found = lines(alice, "?object_type=y")

        assert [line["object_name"] for line in found] == [str(n) for n in reversed(range(2500))]

    def test_runs_no_formula_in_a_spreadsheet(self, world: World, alice: Client) -> None:
        AuditEvent.objects.create(
            workspace=world.alice.workspace, actor_name="=cmd|' /C calc'!A0", verb="x", object_type="y"
        )

        assert lines(alice, "?object_type=y")[0]["actor"] == "'=cmd|' /C calc'!A0"

    def test_is_refused_in_json(self, world: World) -> None:
        bob = Client(world.token(world.bob))

        assert is_error(bob.get(AUDIT, headers={"Accept": "text/csv"}), 403, "forbidden")


class TestTimes:
    @pytest.mark.parametrize("form", ["application/json", "text/csv"])
    @pytest.mark.parametrize(
        "since", ["0112-05-15T16:23:52%2B17:22", "2026-01-01T00:00:00-22:15", "2026-01-01T00:00:00"]
    )
    def test_of_any_zone_are_understood(self, alice: Client, since: str, form: str) -> None:
        answer = alice.get(f"{AUDIT}?since={since}", headers={"Accept": form})

        assert answer.status_code == 200
        assert b"created" in (b"".join(answer) if form == "text/csv" else answer.content)

    @pytest.mark.parametrize(
        "since", ["0001-01-01T00:00:00%2B17:22", "9999-12-31T23:59:59-22:15", "soon", "2026-13-01"]
    )
    def test_beyond_the_calendar_get_a_sentence(self, alice: Client, since: str) -> None:
        assert is_error(alice.get(f"{AUDIT}?since={since}"), 400, "invalid")

    @pytest.mark.parametrize("name", ["actor", "verb", "object_type"])
    def test_nor_may_a_nul_reach_the_database(self, alice: Client, name: str) -> None:
        assert is_error(alice.get(f"{AUDIT}?{name}=%00"), 400, "invalid")
