from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from deployments.metrics import keeping
from deployments.metrics.measured import Measured
from deployments.models import App, Sample
from deployments.models.sample import COARSE_S
from tests.world import World

NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)
FINE_S = 30


def measure(app: App, start: datetime, slots: int, **columns: int) -> None:
    for place in range(slots):
        at = start + timedelta(seconds=FINE_S * place)
        keeping.write(at, FINE_S, {app.pk: Measured(FINE_S, **columns)})


def coarse() -> list[Sample]:
    return list(Sample.objects.filter(span_s=COARSE_S).order_by("at"))


class TestWrite:
    def test_takes_one_statement_for_all_apps(self, world: World) -> None:
        some = {world.app(f"a{number}").pk: Measured(30, number) for number in range(20)}

        with CaptureQueriesContext(connection) as queries:
            keeping.write(NOON, FINE_S, some)

        assert len([q for q in queries if q["sql"].startswith("INSERT")]) == 1
        assert Sample.objects.count() == 20

    def test_leaves_a_slot_that_is_written(self, world: World) -> None:
        app = world.app()
        measure(app, NOON, 1, requests=1)

        measure(app, NOON, 1, requests=2)

        assert [sample.requests for sample in Sample.objects.all()] == [1]


class TestAddUp:
    def test_makes_one_row_of_a_slot_that_is_over(self, world: World) -> None:
        app = world.app()
        measure(app, NOON, 20, requests=3, memory_bytes=100)
        measure(app, NOON + timedelta(seconds=COARSE_S), 3, requests=1)

        for _ in range(2):
            keeping.add_up(NOON + timedelta(seconds=COARSE_S + 90))

        (row,) = coarse()
        assert (row.at, row.requests, row.covered_s, row.memory_bytes) == (NOON, 60, 600, 100)

    def test_goes_on_where_a_stopped_controller_ended(self, world: World) -> None:
        app = world.app()
        for place in range(3):
            measure(app, NOON + place * timedelta(hours=1), 4, requests=place)

        keeping.add_up(NOON + timedelta(hours=3))

        assert [row.requests for row in coarse()] == [0, 4, 8]

    def test_keeps_apps_apart(self, world: World) -> None:
        first, second = world.app("a"), world.app("b", by=world.charlie)
        measure(first, NOON, 2, requests=1)
        measure(second, NOON, 2, requests=5)

        keeping.add_up(NOON + timedelta(hours=1))

        assert {row.app_id: row.requests for row in coarse()} == {first.pk: 2, second.pk: 10}


class TestForgetOld:
    @pytest.mark.parametrize(("span_s", "kept"), [(FINE_S, keeping.FINE_KEPT), (COARSE_S, timedelta(days=14))])
    def test_keeps_fine_rows_for_hours_and_coarse_ones_for_days(
        self, world: World, span_s: int, kept: timedelta
    ) -> None:
        app = world.app()
        for age in (kept - timedelta(minutes=1), kept + timedelta(minutes=1)):
            keeping.write(NOON - age, span_s, {app.pk: Measured(span_s)})

        keeping.forget_old(NOON)

        assert [sample.at for sample in Sample.objects.all()] == [NOON - kept + timedelta(minutes=1)]
