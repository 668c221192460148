"""A log as far as it goes now, for a page that then follows it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from deployments.logs import segments
from deployments.logs.lines import Line

#: Enough to see a whole build; the page's script keeps no more either.
TAIL_LINES = 2000
#: Lines read at a time by whoever goes through all of a log, 8 KiB each at most.
STRIDE_LINES = 500
LONGEST_SEARCH = 200


@dataclass(frozen=True)
class LogLine:
    at: datetime
    source: str
    text: str
    #: The text cut where a search matched: every second one is a match.
    parts: tuple[str, ...]

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


class Search:
    """A text that lines must hold, whatever its case; an empty one is in every line."""

    def __init__(self, text: str) -> None:
        self.text = text.strip()[:LONGEST_SEARCH]
        self._pattern = re.compile(f"({re.escape(self.text)})", re.IGNORECASE) if self.text else None

    def __bool__(self) -> bool:
        return self._pattern is not None

    def matches(self, line: Line) -> bool:
        return self._pattern is None or self._pattern.search(line.text) is not None

    def parts(self, text: str) -> tuple[str, ...]:
        return tuple(self._pattern.split(text)) if self._pattern else (text,)


EVERYTHING = Search("")


def tail(folder: Path) -> LogTail:
    """The newest lines."""
    page = segments.read_before(folder, None, TAIL_LINES)
    return LogTail(tuple(map(shown, page.lines)), page.next_offset, is_cut=not page.is_start)


def pages(folder: Path) -> Iterator[segments.Page]:
    """All that is kept, the oldest first, as far as it goes now."""
    offset = None
    while True:
        page = segments.read(folder, offset, STRIDE_LINES)
        yield page
        if page.is_end:
            return
        offset = page.next_offset


def as_text(line: Line) -> str:
    """For a file: ``2026-11-25T12:00:00.123Z web-1 Listening``."""
    at = _time(line).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return f"{at} {line.source} {line.text}\n"


def shown(line: Line, search: Search = EVERYTHING) -> LogLine:
    return LogLine(_time(line), line.source, line.text, search.parts(line.text))


def _time(line: Line) -> datetime:
    try:
        return datetime.fromtimestamp(line.at, UTC)
    except (ValueError, OverflowError, OSError):
        return datetime.fromtimestamp(0, UTC)
