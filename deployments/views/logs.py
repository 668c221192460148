"""A log as far as it goes now, for a page that then follows it."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from deployments.logs import segments
from deployments.logs.lines import Line

#: Enough to see a whole build; the page's script keeps no more either.
TAIL_LINES = 2000


@dataclass(frozen=True)
class LogLine:
    at: datetime
    source: str
    text: str

    @property
    def is_heading(self) -> bool:
        """Whether the line opens a step (``── Resolving packages``)."""
        return self.text.startswith("── ")


@dataclass(frozen=True)
class LogTail:
    lines: tuple[LogLine, ...]
    next_offset: str
    #: Older lines exist that are not shown.
    is_cut: bool


def tail(folder: Path) -> LogTail:
    page = segments.read_tail(folder, TAIL_LINES)
    return LogTail(tuple(map(_shown, page.lines)), page.next_offset, is_cut=len(page.lines) == TAIL_LINES)


def _shown(line: Line) -> LogLine:
    try:
        at = datetime.fromtimestamp(line.at, UTC)
    except (ValueError, OverflowError, OSError):
        at = datetime.fromtimestamp(0, UTC)
    return LogLine(at, line.source, line.text)
