"""What a follower is sent."""

from dataclasses import dataclass, field

from deployments.logs.lines import Line
from deployments.models import State
from deployments.timeline.phases import Phase


@dataclass(frozen=True)
class Lines:
    """New lines; reading goes on at ``next_offset`` without loss or repetition."""

    lines: tuple[Line, ...]
    next_offset: str


@dataclass(frozen=True)
class Progress:
    """How the deployment goes, sent first and then whenever it has changed."""

    state: State
    phases: tuple[Phase, ...]
    is_complete: bool = field(compare=False)
    #: Nothing of it runs any more either, or ever did.
    is_over: bool = field(compare=False)


@dataclass(frozen=True)
class Heartbeat:
    """Nothing new; the follower is still there."""


@dataclass(frozen=True)
class End:
    """The log is complete and every line has been sent."""


Message = Lines | Progress | Heartbeat | End
