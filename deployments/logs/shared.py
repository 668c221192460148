"""What some sources wrote into a log that they share with others: a deployment's instances in that of their app."""

from collections.abc import Iterator, Set
from dataclasses import dataclass
from pathlib import Path

from deployments.logs import segments
from deployments.logs.lines import Line
from deployments.logs.segments import Page, PageBack

#: Lines read at a time, 8 KiB each at most.
STRIDE_LINES = 1000


@dataclass(frozen=True)
class Share:
    """``since`` and ``until`` (Unix time, ``None`` for a share that still grows) only say where not to look."""

    sources: Set[str]
    since: float
    until: float | None = None

    def of(self, lines: tuple[Line, ...]) -> tuple[Line, ...]:
        return tuple(line for line in lines if line.source in self.sources)


def read_before(folder: Path, share: Share, offset: str | None, count: int) -> PageBack:
    """At least ``count`` lines before ``offset``, or the newest, if there are so many. Raises ``BadOffset``."""
    start = offset or (segments.end_of(folder, share.until) if share.until is not None else None)
    page = segments.read_before(folder, start, max(STRIDE_LINES, count))
    found, end = share.of(page.lines), page.next_offset
    while len(found) < count and not _is_start(page, share):
        page = segments.read_before(folder, page.first_offset, STRIDE_LINES)
        found = share.of(page.lines) + found
    return PageBack(found, page.first_offset, end, _is_start(page, share))


def _is_start(page: PageBack, share: Share) -> bool:
    return page.is_start or not page.lines or page.lines[0].at < share.since


def pages(folder: Path, share: Share, offset: str | None = None) -> Iterator[Page]:
    """All of the share that is kept, or what comes after ``offset``, the oldest first, as far as it goes now.

    Raises ``BadOffset``.
    """
    offset = offset or segments.beginning_of(folder, share.since)
    while True:
        page = segments.read(folder, offset, STRIDE_LINES)
        is_end = page.is_end or (share.until is not None and page.lines[-1].at > share.until)
        yield Page(share.of(page.lines), page.next_offset, is_end)
        if is_end:
            return
        offset = page.next_offset
