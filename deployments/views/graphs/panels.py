"""A series as graphs: lines in boxes, axes in words, and the same numbers as a table."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from deployments.metrics.measured import Measured
from deployments.metrics.series import Activation, Range, Series
from deployments.views.graphs import curves
from deployments.views.graphs.curves import Point
from deployments.views.graphs.kinds import KINDS, Kind, Quantity
from deployments.views.graphs.shapes import Cell, Graph, Line, Mark, Panel, Row

#: Times written below a graph, its two ends included.
TICKS = {Range.HOUR: 5, Range.DAY: 5, Range.WEEK: 8}


def panel(series: Series, activations: Iterable[Activation]) -> Panel:
    whole = series.whole
    return Panel(
        series,
        tuple(_graph(kind, series, whole) for kind in KINDS) if whole else (),
        tuple(reversed(_rows(series))),
        tuple(Mark(one.number, one.at, f"{100 * _place(series, one.at):.2f}%") for one in activations),
        _times(series),
        bool(whole and whole.requests),
    )


def _graph(kind: Kind, series: Series, whole: Measured) -> Graph:
    points = [series.points.get(at) for at in series.steps]
    columns = [[quantity.value(one) if one else None for one in points] for quantity in kind.quantities]
    top = kind.scale.top(max((value for column in columns for value in column if value), default=0.0))
    # A second line along the bottom would only be drawn over the axis.
    lines = tuple(
        _line(quantity, curves.points(column, top))
        for quantity, column in zip(kind.quantities, columns, strict=True)
        if quantity is kind.quantities[0] or any(column)
    )
    newest = series.points[max(series.points)]
    ticks = tuple(kind.scale.write(value) for value in (top, top / 2, 0))
    return Graph(kind, lines, ticks, kind.told(whole, newest))


def _line(quantity: Quantity, points: list[Point | None]) -> Line:
    return Line(quantity.label, quantity.css, curves.curve(points), curves.area(points) if quantity.is_area else "")


def _place(series: Series, at: datetime) -> float:
    return min(max((at - series.start) / (series.end - series.start), 0), 1)


def _times(series: Series) -> tuple[datetime, ...]:
    number = TICKS[series.range]
    apart: timedelta = (series.end - series.start) / (number - 1)
    return tuple(series.start + place * apart for place in range(number))


def _rows(series: Series) -> list[Row]:
    steps = series.steps
    return [
        Row(at, curves.middle(number, len(steps)), tuple(_cells(series.points[at])))
        for number, at in enumerate(steps)
        if at in series.points
    ]


def _cells(one: Measured) -> Iterable[Cell]:
    for kind in KINDS:
        for quantity in kind.quantities:
            value = quantity.value(one)
            yield Cell(kind.key, quantity.label, "–" if value is None else kind.scale.write(value))
