import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from deployments.models import State
from deployments.operations import deployments
from tests.deployments.served import deployed
from tests.deployments.views.limits import MOST_QUERIES
from tests.world import World

TABS = ("", "/deployments", "/logs", "/packages", "/environment", "/access", "/settings")
HELLO = "/w/acme/apps/hello"


def failing(world: World) -> None:
    """Deployment 1 serves, deployment 2 has failed."""
    app = world.app("hello")
    deployed(world, app)
    deployments.request(world.alice, app, bundle=world.bundle()).move(State.FAILED)


@pytest.mark.parametrize("tab", TABS)
class TestEveryTab:
    def test_tells_what_runs_and_how_the_newest_fares(self, tab: str, alice: Client, world: World) -> None:
        failing(world)

        page = alice.get(HELLO + tab).content.decode()

        assert page.count("<h1") == 1
        assert '<span class="badge is-running">' in page
        assert f'class="badge is-failed" id="newest" href="{HELLO}/deployments/2"' in page

    def test_has_the_switches(self, tab: str, alice: Client, world: World) -> None:
        failing(world)

        running = alice.get(HELLO + tab).content.decode()
        alice.post(f"{HELLO}/stop")
        stopped = alice.get(HELLO + tab).content.decode()

        for address in (f'href="{HELLO}/deploy"', f'href="{HELLO}/settings"', "data-copy"):
            assert address in running
        assert f'action="{HELLO}/stop"' in running
        assert f'action="{HELLO}/start"' in stopped

    def test_says_where_one_is(self, tab: str, alice: Client, world: World) -> None:
        failing(world)

        page = alice.get(HELLO + tab).content.decode()

        assert re.findall(r'href="([^"]+)" aria-current="page"', page) == [HELLO + tab]

    def test_looks_again_at_its_head_alone(self, tab: str, alice: Client, world: World) -> None:
        failing(world)

        part = alice.get(f"{HELLO}{tab}?part=head").content.decode()

        assert part.startswith('<div id="app-head"')
        assert 'id="newest"' in part
        assert "<nav" not in part

    def test_needs_few_queries(self, tab: str, alice: Client, world: World) -> None:
        failing(world)
        alice.get(HELLO + tab)

        with CaptureQueriesContext(connection) as queries:
            alice.get(HELLO + tab)

        assert len(queries) <= MOST_QUERIES


class TestEdit:
    def test_leads_to_the_step_configure(self, alice: Client, world: World) -> None:
        world.app("hello")
        head = alice.get(HELLO).content.decode()
        (address,) = re.findall(r'<a id="edit"[^>]* href="([^"]+)">Edit</a>', head)

        page = " ".join(alice.get(address).content.decode().split())

        assert '<section class="card" id="configure"> <h2>Configure</h2>' in page
