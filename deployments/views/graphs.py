"""A series as graphs: lines in a box of 1000 to 100, axes in words, and the same numbers as a table."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from deployments.metrics.measured import Measured
from deployments.metrics.series import Activation, Range, Series
from deployments.views import scales
from deployments.views.scales import Scale

WIDTH, HEIGHT = 1000, 100
#: Times written below a graph, its two ends included.
TICKS = {Range.HOUR: 5, Range.DAY: 5, Range.WEEK: 8}
TITLES = {Range.HOUR: "1 hour", Range.DAY: "24 hours", Range.WEEK: "7 days"}


@dataclass(frozen=True)
class Quantity:
    """One line: its name, the class that colours it, and its value, which a point may not have."""

    label: str
    css: str
    value: Callable[[Measured], float | None]
    is_area: bool = True


@dataclass(frozen=True)
class Kind:
    """``told`` says the most important of the whole range in a few words."""

    key: str
    title: str
    unit: str
    scale: Scale
    quantities: tuple[Quantity, ...]
    told: Callable[[Measured, Measured], str]


@dataclass(frozen=True)
class Line:
    label: str
    css: str
    path: str
    #: The same closed along the bottom, or empty.
    area: str


@dataclass(frozen=True)
class Graph:
    """``ticks`` are the ends and the middle of the upright axis, from above."""

    kind: Kind
    lines: tuple[Line, ...]
    ticks: tuple[str, ...]
    told: str


@dataclass(frozen=True)
class Cell:
    key: str
    label: str
    text: str


@dataclass(frozen=True)
class Row:
    """What was measured in one step; ``x`` is its middle."""

    at: datetime
    x: float
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Mark:
    """A deployment became active; ``place`` is in percent of the width."""

    number: int
    at: datetime
    place: str


@dataclass(frozen=True)
class Panel:
    series: Series
    graphs: tuple[Graph, ...]
    rows: tuple[Row, ...]
    marks: tuple[Mark, ...]
    times: tuple[datetime, ...]
    has_requests: bool

    @property
    def span(self) -> str:
        """As it follows "in the last": "hour", "24 hours"."""
        return TITLES[self.series.range].removeprefix("1 ")

    @property
    def ranges(self) -> list[tuple[str, str, bool]]:
        """Each range with its title, and whether it is this one."""
        return [(one.value, title, one is self.series.range) for one, title in TITLES.items()]


def _answered(whole: Measured, newest: Measured) -> str:
    failed = f", {whole.errors:,} failed" if whole.errors else ""
    return f"{whole.requests:,} request{'' if whole.requests == 1 else 's'}{failed}"


def _slowest(whole: Measured, newest: Measured) -> str:
    slow = whole.quantile_ms(0.95)
    return f"95 % within {scales.milliseconds(slow)}" if slow is not None else "no answers"


KINDS = (
    Kind(
        "requests", "Requests", "per minute", scales.RATE,
        (
            Quantity("Requests", "requests", lambda one: one.requests_per_min),
            Quantity("Errors", "errors", lambda one: one.errors_per_min),
        ),
        _answered,
    ),
    Kind(
        "times", "Response time", "until the last byte", scales.TIME,
        (
            Quantity("95 %", "slow", lambda one: one.quantile_ms(0.95), is_area=False),
            Quantity("Half", "median", lambda one: one.quantile_ms(0.5), is_area=False),
        ),
        _slowest,
    ),
    Kind(
        "memory", "Memory", "all instances", scales.MEMORY,
        (Quantity("Memory", "memory", lambda one: float(one.memory_bytes)),),
        lambda whole, newest: f"{scales.memory(newest.memory_bytes)}, at most {scales.memory(whole.memory_bytes)}",
    ),
    Kind(
        "cpu", "Processor", "of one processor", scales.PERCENT,
        (Quantity("Processor", "cpu", lambda one: one.cpu_percent),),
        lambda whole, newest: f"{scales.percent(newest.cpu_percent)}, on average {scales.percent(whole.cpu_percent)}",
    ),
)  # fmt: skip


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
        _line(quantity, column, top)
        for quantity, column in zip(kind.quantities, columns, strict=True)
        if quantity is kind.quantities[0] or any(column)
    )
    newest = series.points[max(series.points)]
    ticks = tuple(kind.scale.write(value) for value in (top, top / 2, 0))
    return Graph(kind, lines, ticks, kind.told(whole, newest))


def _line(quantity: Quantity, values: Sequence[float | None], top: float) -> Line:
    runs = list(_runs([None if value is None else (x, _y(value, top)) for x, value in _with_x(values)]))
    path = " ".join(_drawn(run) for run in runs)
    area = " ".join(f"{_drawn(run)} V{HEIGHT} H{run[0][0]:g} Z" for run in runs if len(run) > 1)
    return Line(quantity.label, quantity.css, path, area if quantity.is_area else "")


def _with_x(values: Sequence[float | None]) -> list[tuple[float, float | None]]:
    """Each value with the middle of its step."""
    return [(_x(number, len(values)), value) for number, value in enumerate(values)]


def _runs(places: Iterable[tuple[float, float] | None]) -> Iterable[list[tuple[float, float]]]:
    """What follows one another without a gap."""
    run: list[tuple[float, float]] = []
    for place in [*places, None]:
        if place is not None:
            run.append(place)
        elif run:
            yield run
            run = []


def _drawn(run: Sequence[tuple[float, float]]) -> str:
    # A line of no length is drawn as a dot.
    points = [f"{x:g},{y:g}" for x, y in (run if len(run) > 1 else [*run, *run])]
    return f"M{points[0]} L{' '.join(points[1:])}"


def _x(number: int, steps: int) -> float:
    return round((number + 0.5) * WIDTH / steps, 1)


def _y(value: float, top: float) -> float:
    return round(HEIGHT - HEIGHT * value / top, 1)


def _place(series: Series, at: datetime) -> float:
    return min(max((at - series.start) / (series.end - series.start), 0), 1)


def _times(series: Series) -> tuple[datetime, ...]:
    number = TICKS[series.range]
    apart: timedelta = (series.end - series.start) / (number - 1)
    return tuple(series.start + place * apart for place in range(number))


def _rows(series: Series) -> list[Row]:
    steps = series.steps
    return [
        Row(at, _x(number, len(steps)), tuple(_cells(series.points[at])))
        for number, at in enumerate(steps)
        if at in series.points
    ]


def _cells(one: Measured) -> Iterable[Cell]:
    for kind in KINDS:
        for quantity in kind.quantities:
            value = quantity.value(one)
            yield Cell(kind.key, quantity.label, "–" if value is None else kind.scale.write(value))
