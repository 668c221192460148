"""Asked of many deployments: they share locks, so the answer is found by a package's name, not by looking at each."""

import re
from itertools import cycle

import pytest
from django.db import connection
from django.db.models import QuerySet

from deployments.models import Deployment, State
from deployments.operations import environments
from deployments.packages import inventory
from deployments.venvs.lock import Lock
from tests.deployments.locked import package
from tests.world import World

APPS, DEPLOYMENTS, LOCKS, PACKAGES = 100, 10_000, 200, 60
#: Looking at each lock or deployment would be thousands.
MOST_PAGES = 1500


@pytest.fixture
def many(world: World) -> None:
    """Ten thousand deployments of a hundred apps; every lock has requests, one of them holds "rare"."""
    workspace, bundle = world.alice.workspace, world.bundle()
    locks = []
    for number in range(LOCKS):
        packages = [package("requests", f"2.{number}"), *(package(f"p{number}-{each}") for each in range(PACKAGES))]
        packages += [package("rare")] if number == 7 else []
        locks.append(environments.keep_lock(workspace, f"{number:064}", Lock(tuple(packages)).to_json()))
    apps = [world.app(f"app-{number}") for number in range(APPS)]
    choose = cycle(locks)
    Deployment.objects.bulk_create(
        Deployment(
            workspace=workspace, app=app, number=number, bundle=bundle, lock=next(choose), created_by_name="Alice",
            state=State.ACTIVE if number == DEPLOYMENTS // APPS else State.RETIRED,
        )
        for app in apps
        for number in range(1, DEPLOYMENTS // APPS + 1)
    )  # fmt: skip
    with connection.cursor() as cursor:
        # As autovacuum would in a minute.
        cursor.execute("ANALYZE deployments_deployment, deployments_lockentry, deployments_lock, deployments_app")


@pytest.mark.usefixtures("many")
class TestManyDeployments:
    def test_are_answered_from_the_index_of_names(self, world: World) -> None:
        everywhere = inventory.uses(world.alice, "requests").order_by("-pk")[:51]
        rare = inventory.uses(world.alice, "Rare").order_by("-pk")[:51]
        serving = inventory.uses(world.alice, "requests", serving=True).order_by("-pk")[:101]

        assert len(everywhere) == 51
        assert {each.entry_name for each in rare} == {"rare"}
        assert (len(rare), len(serving)) == (DEPLOYMENTS // LOCKS, APPS)
        for rows in (everywhere, rare, serving):
            assert "lock_entries_by_name" in rows.explain()
            assert pages_read(rows) < MOST_PAGES

    def test_are_listed_by_what_serves(self, world: World) -> None:
        (found,) = inventory.in_use(world.alice, containing="requests", limit=51)

        assert (found.name, found.apps) == ("requests", APPS)
        assert len(inventory.in_use(world.alice, limit=51)) == 51


def pages_read(rows: QuerySet[Deployment]) -> int:
    """How many pages of 8 KiB the database looked at: what a question costs, however busy the machine is."""
    return sum(map(int, re.findall(r"^Buffers: shared hit=(\d+)", rows.explain(analyze=True, buffers=True), re.M)[:1]))
