"""How a deployment went, as phases with their steps, read from its events."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from deployments.models import DeploymentEvent, EventKind, State

#: The states in which something is being done. The others (active, retired, failed …) are where it has led.
PHASES = (State.QUEUED, State.BUILDING, State.STARTING, State.DRAINING)


@dataclass(frozen=True)
class Step:
    """``finished_at`` is ``None`` while it runs; a step that was cut off ends with its phase."""

    name: str
    started_at: datetime
    finished_at: datetime | None = None


@dataclass(frozen=True)
class Phase:
    name: str
    started_at: datetime
    finished_at: datetime | None = None
    steps: tuple[Step, ...] = ()


def of(events: Iterable[DeploymentEvent]) -> tuple[Phase, ...]:
    """The phases of ``events``, which come in the order of their time. Each name appears once, so does each step in it.

    A build whose worker died is taken over and goes through its steps again: a step that begins a
    second time takes the place of its first attempt and of all that had followed it.
    """
    found: list[Phase] = []
    for event in events:
        if event.kind == EventKind.STATE:
            found = [_ended(phase, event.at) for phase in found]
            if event.name in PHASES:
                found.append(Phase(event.name, event.at))
        elif event.kind != EventKind.INCIDENT and found and found[-1].finished_at is None:
            found[-1] = replace(found[-1], steps=_with(found[-1].steps, event))
    return tuple(found)


def _ended(phase: Phase, at: datetime) -> Phase:
    if phase.finished_at is not None:
        return phase
    steps = tuple(replace(step, finished_at=step.finished_at or at) for step in phase.steps)
    return replace(phase, finished_at=at, steps=steps)


def _with(steps: tuple[Step, ...], event: DeploymentEvent) -> tuple[Step, ...]:
    names = [step.name for step in steps]
    place = names.index(event.name) if event.name in names else len(names)
    if event.kind == EventKind.STEP_STARTED:
        return (*steps[:place], Step(event.name, event.at))
    if place == len(names) or steps[place].finished_at is not None:
        return steps
    return (*steps[:place], replace(steps[place], finished_at=event.at), *steps[place + 1 :])
