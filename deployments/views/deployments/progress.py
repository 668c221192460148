"""A deployment's timeline as its page shows it: what was done, what is being done, what comes."""

from dataclasses import dataclass
from datetime import datetime

from deployments.models import Deployment, DeploymentEvent, State
from deployments.models.deployment import IN_FLIGHT
from deployments.timeline import phases
from deployments.timeline.phases import Phase, Step
from deployments.views import durations
from deployments.views.phase_titles import DESTINATIONS, STEP_TITLES, TITLES


@dataclass(frozen=True)
class Mark:
    """One line of the timeline. ``status`` is done, running, failed, cancelled or waiting."""

    title: str
    status: str
    started_at: datetime | None = None
    took: str | None = None
    steps: "tuple[Mark, ...]" = ()


def marks(deployment: Deployment) -> tuple[Mark, ...]:
    """The whole way, in one query."""
    events = list(deployment.events.all())
    found = phases.of(events)
    before = [phase for phase in found if phase.name != State.DRAINING]
    after = [phase for phase in found if phase.name == State.DRAINING]
    return (
        *_phases(deployment, before),
        *_coming(deployment, before),
        _destination(deployment, events),
        *_phases(deployment, after),
    )


def _phases(deployment: Deployment, passed: list[Phase]) -> tuple[Mark, ...]:
    return tuple(
        _mark(phase, TITLES[State(phase.name)], _end_of(deployment, is_last=phase is passed[-1]), phase.steps)
        for phase in passed
    )


def _end_of(deployment: Deployment, *, is_last: bool) -> str:
    """How a thing ended that was the last to be begun."""
    if is_last and deployment.state == State.FAILED:
        return "failed"
    return "cancelled" if is_last and deployment.state == State.CANCELLED else "done"


def _mark(span: Phase | Step, title: str, end: str, steps: tuple[Step, ...] = ()) -> Mark:
    inner = tuple(
        _mark(step, STEP_TITLES.get(step.name, step.name.capitalize()), end if step is steps[-1] else "done")
        for step in steps
    )
    if span.finished_at is None:
        return Mark(title, "running", span.started_at, None, inner)
    return Mark(title, end, span.started_at, durations.between(span.started_at, span.finished_at), inner)


def _coming(deployment: Deployment, begun: list[Phase]) -> tuple[Mark, ...]:
    if deployment.state not in IN_FLIGHT:
        return ()
    names = {phase.name for phase in begun}
    return tuple(Mark(TITLES[state], "waiting") for state in IN_FLIGHT if state not in names)


def _destination(deployment: Deployment, events: list[DeploymentEvent]) -> Mark:
    if deployment.state in IN_FLIGHT:
        return Mark("Ready" if deployment.is_draft else "Active", "waiting")
    state = State(deployment.state)
    reached = {State.READY, State.ACTIVE} if state in {State.DRAINING, State.RETIRED} else {state}
    at = next((event.at for event in events if event.name in reached), None)
    status = {State.FAILED: "failed", State.CANCELLED: "cancelled"}.get(state, "done")
    return Mark(DESTINATIONS[state], status, at)
