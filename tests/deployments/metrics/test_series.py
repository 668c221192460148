from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from deployments.metrics import keeping, series
from deployments.metrics.measured import Measured
from deployments.metrics.series import Range
from deployments.models import App, Deployment, EventKind, State
from deployments.models.sample import COARSE_S
from deployments.operations import deployments
from tests.world import World

NOW = datetime(2026, 11, 26, 12, 34, 50, tzinfo=UTC)


@pytest.fixture
def app(world: World) -> App:
    return world.app()


def measure(app: App, at: datetime, requests: int = 1, span_s: int = 30) -> None:
    keeping.write(at, span_s, {app.pk: Measured(span_s, requests)})


class TestOf:
    def test_is_an_hour_in_half_minutes_with_gaps(self, app: App) -> None:
        first = datetime(2026, 11, 26, 11, 35, tzinfo=UTC)
        for place in (-1, 0, 5):
            measure(app, first + place * timedelta(seconds=30), place + 2)

        found = series.of(app, Range.HOUR, NOW)

        assert (found.start, found.end) == (first, NOW.replace(minute=35, second=0))
        assert len(found.steps) == 120
        assert {at: one.requests for at, one in found.points.items()} == {
            first: 2,
            first + timedelta(seconds=150): 7,
        }

    @pytest.mark.parametrize("wanted", [Range.DAY, Range.WEEK])
    def test_counts_nothing_twice_while_it_is_added_up(self, app: App, wanted: Range) -> None:
        hour = NOW.replace(minute=0, second=0)
        for minute in range(35):
            for second in (0, 30):
                measure(app, hour + timedelta(minutes=minute, seconds=second))
        before = series.of(app, wanted, NOW).points

        keeping.add_up(NOW)
        after = series.of(app, wanted, NOW).points

        assert sum(one.requests for one in after.values()) == 70
        # Before, only what is not yet due to be added up was there.
        assert sum(one.requests for one in before.values()) == 30
        assert after[max(after)].covered_s > 0

    @pytest.mark.parametrize("wanted", list(Range))
    def test_asks_once_and_gives_a_bounded_number_of_points(self, app: App, wanted: Range) -> None:
        keeping.write(NOW, 30, {app.pk: Measured(30, 1)})
        for place in range(1, 8 * 144):
            measure(app, NOW - place * timedelta(seconds=COARSE_S), span_s=COARSE_S)

        with CaptureQueriesContext(connection) as queries:
            found = series.of(app, wanted, NOW)

        assert len(queries) == 1
        assert len(found.points) <= len(found.steps) <= 200

    def test_tells_nothing_of_another_app(self, app: App, world: World) -> None:
        measure(world.app("other"), NOW)

        assert series.of(app, Range.HOUR, NOW).whole is None


class TestActivations:
    def test_are_those_in_the_range_in_their_order(self, app: App, world: World) -> None:
        for hours in (30, 2, 1):
            made: Deployment = deployments.request(world.alice, app, bundle=world.bundle())
            made.events.create(at=NOW - timedelta(hours=hours), kind=EventKind.STATE, name=State.ACTIVE)
            Deployment.objects.filter(pk=made.pk).update(state=State.RETIRED)
        app.refresh_from_db()

        found = series.activations(app, series.of(app, Range.DAY, NOW))

        assert [one.number for one in found] == [2, 3]
