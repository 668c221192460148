"""What an app did and used over the last hour, day or week, as points at even distances."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.conf import settings
from django.db.models import Q

from deployments.metrics import slots
from deployments.metrics.keeping import measured
from deployments.metrics.measured import Measured, together
from deployments.models import App, DeploymentEvent, EventKind, Sample, State
from deployments.models.sample import COARSE_S, MEASURED

#: Of the newest deployments the moments are told at which they became active.
MARKED = 50


class Range(StrEnum):
    HOUR = "1h"
    DAY = "24h"
    WEEK = "7d"


LENGTH_S = {Range.HOUR: 3600, Range.DAY: 86_400, Range.WEEK: 7 * 86_400}


@dataclass(frozen=True)
class Series:
    """``points`` is what was measured, by the beginning of each step between ``start`` and ``end``; others are gaps."""

    range: Range
    start: datetime
    end: datetime
    step_s: int
    points: Mapping[datetime, Measured]

    @property
    def steps(self) -> list[datetime]:
        """The beginning of each step, with and without a point: at most 168, or 240 with settings of one's own."""
        return slots.all_between(self.start, self.end, self.step_s)

    @property
    def whole(self) -> Measured | None:
        """All points together."""
        return together(self.points.values()) if self.points else None


@dataclass(frozen=True)
class Activation:
    """A deployment began to serve."""

    number: int
    at: datetime


def step_s(wanted: Range) -> int:
    """Seconds from one point to the next: an hour in half minutes, a day in ten minutes, a week in hours."""
    fine = max(30, settings.SAMPLE_EVERY_S)
    return {Range.HOUR: fine, Range.DAY: COARSE_S, Range.WEEK: 3600}[wanted]


def of(app: App, wanted: Range, now: datetime) -> Series:
    """One query of at most some thousand entries of one index, whatever the range."""
    step = step_s(wanted)
    end = slots.begin(now, step) + timedelta(seconds=step)
    start = end - timedelta(seconds=LENGTH_S[wanted])
    rows = Sample.objects.filter(_wanted(wanted, now), app=app, at__gte=start, at__lt=end)
    found = [(at, span_s, measured(columns)) for at, span_s, *columns in rows.values_list("at", "span_s", *MEASURED)]
    return Series(wanted, start, end, step, _in_steps(found, step))


def _wanted(wanted: Range, now: datetime) -> Q:
    fine = Q(span_s__lt=COARSE_S)
    if wanted is Range.HOUR:
        return fine
    # The last coarse row is written some time after the end of its slot.
    return Q(span_s=COARSE_S) | fine & Q(at__gte=slots.begin(now, COARSE_S) - timedelta(seconds=COARSE_S))


def _in_steps(found: Iterable[tuple[datetime, int, Measured]], step: int) -> dict[datetime, Measured]:
    rows = list(found)
    added_up = {at for at, span_s, _ in rows if span_s == COARSE_S}
    steps: dict[datetime, list[Measured]] = {}
    for at, span_s, one in sorted(rows, key=lambda row: row[0]):
        if span_s == COARSE_S or slots.begin(at, COARSE_S) not in added_up:
            steps.setdefault(slots.begin(at, step), []).append(one)
    return {at: together(parts) for at, parts in steps.items()}


def activations(app: App, series: Series) -> list[Activation]:
    """The deployments that became active within the series, the oldest first; one query."""
    events = DeploymentEvent.objects.filter(
        deployment__app=app,
        deployment__number__gt=app.last_deployment_number - MARKED,
        kind=EventKind.STATE,
        name=State.ACTIVE,
        at__gte=series.start,
    )
    return [Activation(number, at) for number, at in events.order_by("at").values_list("deployment__number", "at")]
