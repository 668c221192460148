from datetime import UTC, datetime, timedelta

from deployments.metrics.measured import Measured
from deployments.metrics.series import Activation, Range, Series
from deployments.views.graphs import scales
from deployments.views.graphs.panels import panel

START = datetime(2026, 11, 26, 12, tzinfo=UTC)


def series(*requests: int | None) -> Series:
    """Ten steps of six minutes; ``None`` was not measured."""
    points = {
        START + place * timedelta(seconds=360): Measured(360, number, memory_bytes=90 * scales.MIB, instances=1)
        for place, number in enumerate(requests)
        if number is not None
    }
    return Series(Range.HOUR, START, START + timedelta(hours=1), 360, points)


def path(*requests: int | None, graph: int = 0) -> str:
    return panel(series(*requests), ()).graphs[graph].lines[0].path


class TestPanel:
    def test_draws_what_follows_one_another_as_one_line(self) -> None:
        # 24 requests in six minutes are 4 a minute, which is the end of the axis.
        assert path(0, 12, 24) == "M50,100 L150,50 250,0"

    def test_leaves_a_gap_where_nothing_was_measured(self) -> None:
        assert path(0, 0, None, 24, 24) == "M50,100 L150,100 M350,0 L450,0"

    def test_draws_a_single_point_as_a_dot(self) -> None:
        assert path(None, 24, None) == "M150,0 L150,0"

    def test_says_what_it_shows(self) -> None:
        found = panel(series(1, 2), ()).graphs

        assert [graph.told for graph in found] == [
            "3 requests", "no answers", "90 MiB, at most 90 MiB", "0 %, on average 0 %",
        ]  # fmt: skip
        assert found[2].ticks == ("96 MiB", "48 MiB", "0 MiB")

    def test_marks_a_deployment_at_its_moment(self) -> None:
        (mark,) = panel(series(1), [Activation(7, START + timedelta(minutes=45))]).marks

        assert (mark.number, mark.place) == (7, "75.00%")

    def test_holds_the_same_numbers_as_a_table_the_newest_first(self) -> None:
        rows = panel(series(6, None, 12), ()).rows

        assert [(row.at.minute, row.cells[0].text) for row in rows] == [(12, "2"), (0, "1")]

    def test_is_empty_without_anything_measured(self) -> None:
        assert panel(series(), ()).graphs == ()
