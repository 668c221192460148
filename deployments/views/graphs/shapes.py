"""What is drawn of a series: graphs, marks and a table, as the page goes through them."""

from dataclasses import dataclass
from datetime import datetime

from deployments.metrics.series import Range, Series
from deployments.views.graphs.kinds import Kind

TITLES = {Range.HOUR: "1 hour", Range.DAY: "24 hours", Range.WEEK: "7 days"}
#: The same as it follows "in the last".
SPANS = {Range.HOUR: "hour", Range.DAY: "24 hours", Range.WEEK: "7 days"}


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
        return SPANS[self.series.range]

    @property
    def ranges(self) -> list[tuple[str, str, bool]]:
        """Each range with its title, and whether it is this one."""
        return [(one.value, title, one is self.series.range) for one, title in TITLES.items()]
