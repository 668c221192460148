"""What a dashboard is made of, as its template shows it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from deployments.models import AppState


@dataclass(frozen=True)
class Link:
    text: str
    address: str


@dataclass(frozen=True)
class Figure:
    """One number with what it counts. ``at`` follows ``note`` as a time; ``is_bad`` asks for a look at it."""

    label: str
    value: str | int
    note: str = ""
    at: datetime | None = None
    link: Link | None = None
    is_bad: bool = False


@dataclass(frozen=True)
class Bar:
    """``percent`` is the length, against the longest."""

    label: str
    state: str
    number: int
    percent: int


def bars(numbers: Mapping[AppState, int]) -> tuple[Bar, ...]:
    longest = max(numbers.values(), default=1)
    # One of ten thousand is still to be seen.
    return tuple(
        Bar(str(state.label), state.value, number, max(1, round(100 * number / longest)))
        for state, number in numbers.items()
    )
