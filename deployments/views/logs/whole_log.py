"""What a deployment's build and then its instances wrote, as one log: the end of it, a page of it, what a search finds.

The build has a log of its own; the instances write into that of their app, with those of other deployments.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from heapq import merge
from pathlib import Path

from deployments import layout
from deployments.logs import segments, shared
from deployments.logs.lines import Line
from deployments.logs.shared import Share
from deployments.models import Deployment
from deployments.views.logs import logs
from deployments.views.logs.logs import EVERYTHING, LogLine, Search

PAGE_LINES = logs.TAIL_LINES
#: A process that is being ended may still say something, and clocks differ.
SLACK = timedelta(seconds=60)


@dataclass(frozen=True)
class WholeLog:
    build: Path
    runtime: Path
    share: Share


@dataclass(frozen=True)
class Excerpt:
    """Lines in the order of their time, those of the build only where the newest are.

    ``next_offset`` is behind both logs, or empty for a page that has newer ones. ``older`` and ``newer`` are offsets
    in the log of the app, or empty.
    """

    lines: tuple[LogLine, ...]
    next_offset: str = ""
    older: str = ""
    newer: str = ""
    is_cut: bool = False


def of(deployment: Deployment) -> WholeLog:
    """In one query."""
    sources = frozenset(instance.engine_id for instance in deployment.instances.all())
    until = (deployment.finished_at + SLACK).timestamp() if deployment.finished_at else None
    share = Share(sources, (deployment.created_at - SLACK).timestamp(), until)
    return WholeLog(layout.build_log(deployment), layout.app_log(deployment.app), share)


def newest(log: WholeLog) -> Excerpt:
    build = segments.read_before(log.build, None, PAGE_LINES)
    runtime = shared.read_before(log.runtime, log.share, None, PAGE_LINES)
    return Excerpt(
        _by_time(build.lines, runtime.lines),
        next_offset=f"{build.next_offset}.{runtime.next_offset}",
        older="" if runtime.is_start else runtime.first_offset,
        is_cut=not build.is_start,
    )


def before(log: WholeLog, offset: str) -> Excerpt:
    """Raises ``BadOffset``, as ``after`` does."""
    page = shared.read_before(log.runtime, log.share, offset, PAGE_LINES)
    older = "" if page.is_start else page.first_offset
    return Excerpt(_by_time(page.lines), older=older, newer=offset)


def after(log: WholeLog, offset: str) -> Excerpt:
    lines: tuple[Line, ...] = ()
    newer = ""
    for page in shared.pages(log.runtime, log.share, offset):
        lines += page.lines
        newer = "" if page.is_end else page.next_offset
        if len(lines) >= PAGE_LINES:
            break
    return Excerpt(_by_time(lines), older=offset, newer=newer)


def found(log: WholeLog, search: Search) -> Excerpt:
    """The newest of all lines that are kept and match."""
    build, build_end = _matching(logs.pages(log.build), search)
    runtime, runtime_end = _matching(shared.pages(log.runtime, log.share), search)
    is_cut = len(build) == PAGE_LINES or len(runtime) == PAGE_LINES
    return Excerpt(_by_time(build, runtime, search=search), f"{build_end}.{runtime_end}", is_cut=is_cut)


def lines_of(log: WholeLog, search: Search) -> Iterator[Line]:
    """All that match, the oldest first; never all in memory."""
    build = (line for page in logs.pages(log.build) for line in page.lines)
    runtime = (line for page in shared.pages(log.runtime, log.share) for line in page.lines)
    return filter(search.matches, merge(build, runtime, key=lambda line: line.at))


def _matching(pages: Iterable[segments.Page], search: Search) -> tuple[tuple[Line, ...], str]:
    kept: deque[Line] = deque(maxlen=PAGE_LINES)
    end = ""
    for page in pages:
        kept.extend(filter(search.matches, page.lines))
        end = page.next_offset
    return tuple(kept), end


def _by_time(*parts: tuple[Line, ...], search: Search = EVERYTHING) -> tuple[LogLine, ...]:
    lines = sorted((line for part in parts for line in part), key=lambda line: line.at)
    return tuple(logs.shown(line, search) for line in lines)
