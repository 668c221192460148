"""Every page that there is, over a few rows and over three times as many."""

from collections.abc import Iterator

import pytest

from benchmarks.scale import addresses, filling
from benchmarks.scale.addresses import Address
from benchmarks.scale.asking import MOST_QUERIES, Answer, ask
from benchmarks.scale.filling import Site
from benchmarks.scale.sizes import Sizes

TIMES = 2
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


class TestEveryPage:
    def test_asks_the_database_as_often_for_many_rows_as_for_few(self, few: Site) -> None:
        before = answers(few, addresses.pages(few))
        many = filling.fill("many", Sizes.small(3 * TIMES))

        after = answers(many, addresses.pages(many))

        grown = {which: (before[which].queries, found.queries) for which, found in after.items()
                 if found.queries > before[which].queries}  # fmt: skip
        assert grown == {}
        assert {which: found.queries for which, found in after.items() if found.queries > MOST_QUERIES} == {}
        assert {which: found.status for which, found in after.items() if found.status >= 400} == {}


class TestEveryAddressOfTheApi:
    def test_asks_the_database_as_often_for_many_rows_as_for_few(self, few: Site) -> None:
        before = answers(few, addresses.readable(few))
        many = filling.fill("many", Sizes.small(3 * TIMES))

        after = answers(many, addresses.readable(many))

        grown = {which: (before[which].queries, found.queries) for which, found in after.items()
                 if found.queries > before[which].queries}  # fmt: skip
        assert grown == {}
        assert {which: found.queries for which, found in after.items() if found.queries > MOST_QUERIES} == {}
