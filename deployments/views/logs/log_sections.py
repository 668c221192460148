"""The log of a deployment, from its build to the last word of its instances, cut where its phases begin."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from deployments.models import Deployment, DeploymentEvent, EventKind, State
from deployments.timeline import phases
from deployments.views import durations
from deployments.views.logs.logs import LogLine
from deployments.views.phase_titles import TITLES

ARRIVALS = (State.ACTIVE, State.READY)
ENDS_BADLY = (State.FAILED, State.CANCELLED)
#: The time in which visitors are served, which is no phase of getting there.
SERVING = "serving"


@dataclass(frozen=True)
class Section:
    """``is_open`` for what is going on, for what went wrong, and for what a search has found."""

    name: str
    title: str
    started_at: datetime
    finished_at: datetime | None
    is_open: bool = False
    lines: tuple[LogLine, ...] = ()

    @property
    def took(self) -> str:
        return durations.between(self.started_at, self.finished_at) if self.finished_at else ""


def outline(deployment: Deployment) -> tuple[Section, ...]:
    """The sections without their lines, the first of them first, in one query; there is at least one."""
    events = list(deployment.events.all())
    found = [
        Section(phase.name, TITLES[State(phase.name)], phase.started_at, phase.finished_at)
        for phase in phases.of(events)
    ]
    if arrived_at := _first(events, ARRIVALS):
        found.append(Section(SERVING, "Running", arrived_at, _first(events, (State.DRAINING, *ENDS_BADLY))))
    found.sort(key=lambda section: section.started_at)
    found = found or [Section(State.QUEUED, TITLES[State.QUEUED], deployment.created_at, deployment.finished_at)]
    return tuple(replace(section, is_open=_is_open(deployment, section, found[-1])) for section in found)


def fill(sections: tuple[Section, ...], lines: Iterable[LogLine], *, is_searched: bool = False) -> tuple[Section, ...]:
    """``lines`` in the order of their time, each in the section in which it was written. Those that are over and
    hold none are left out."""
    held: dict[str, list[LogLine]] = {section.name: [] for section in sections}
    for line in lines:
        begun = [section.name for section in sections if _in_milliseconds(section.started_at) <= line.at]
        held[begun[-1] if begun else sections[0].name].append(line)
    filled = (
        replace(section, is_open=section.is_open or is_searched, lines=tuple(held[section.name]))
        for section in sections
    )
    return tuple(section for section in filled if section.lines or (not is_searched and section.finished_at is None))


def _in_milliseconds(at: datetime) -> datetime:
    """As lines are kept: the first one of a section would else seem to come before it."""
    return at.replace(microsecond=at.microsecond // 1000 * 1000)


def _first(events: list[DeploymentEvent], states: Iterable[State]) -> datetime | None:
    wanted = set(states)
    return next((event.at for event in events if event.kind == EventKind.STATE and event.name in wanted), None)


def _is_open(deployment: Deployment, section: Section, last: Section) -> bool:
    is_last_word = section is last and (last.finished_at is None or deployment.state in ENDS_BADLY)
    return section.name == SERVING or is_last_word
