"""Every page that there is, over a few rows and over three times as many."""

from collections.abc import Callable, Iterator

import pytest
from django.test import Client

from benchmarks.scale import addresses, filling
from benchmarks.scale.addresses import Address
from benchmarks.scale.asking import MOST_QUERIES, Answer, ask, measure
from benchmarks.scale.filling import Site
from benchmarks.scale.sizes import Sizes
from tests.world import World

TIMES = 2
#: A search for nothing, and previews that nobody has asked for.
REFUSED = {
    "api/v1/packages": 400,
    "api/v1/apps/<str:name>/opt-out-preview": 404,
    "api/v1/workspace/package-repositories/preview": 404,
}
#: Some hundred pages, each asked for twice: half a minute, and minutes where others share the machine.
pytestmark = pytest.mark.timeout(1200)


def answers(site: Site, asked: Iterator[Address]) -> dict[tuple[str, bool], Answer]:
    clients = {as_root: site.client(as_root=as_root) for as_root in (False, True)}
    # What a process finds out once, like where its interpreters are, is nobody's page.
    for client in clients.values():
        client.get("/admin/")
    return {(address.route, address.as_root): ask(clients[address.as_root], address) for address in asked}


@pytest.fixture
def few(db: None) -> Site:
    return filling.fill("few", Sizes.small(TIMES))


class TestEveryAddress:
    @pytest.mark.parametrize("every", [addresses.pages, addresses.readable], ids=["page", "of the API"])
    def test_asks_the_database_as_often_for_many_rows_as_for_few(
        self, few: Site, every: Callable[[Site], Iterator[Address]]
    ) -> None:
        before = answers(few, every(few))
        many = filling.fill("many", Sizes.small(3 * TIMES))

        after = answers(many, every(many))

        grown = {which: (before[which].queries, found.queries) for which, found in after.items()
                 if found.queries > before[which].queries}  # fmt: skip
        assert grown == {}
        assert {which: found.queries for which, found in after.items() if found.queries > MOST_QUERIES} == {}
        refused = {route: found.status for (route, _), found in after.items() if found.status >= 400}
        assert refused.items() <= REFUSED.items()


class TestMeasure:
    def test_tells_the_time_in_the_database_and_the_slowest_query(self, world: World) -> None:
        client = Client()
        client.force_login(world.alice.user)

        found = measure(client, Address("w/<slug:workspace>/apps", "/w/acme/apps"), times=1)

        assert found.answer.status == 200
        assert found.database_ms > 0
        assert found.slowest.startswith("SELECT ")
