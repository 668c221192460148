"""Following a log while it is written, together with how its deployment goes.

Written for many followers at a time: none of them holds a thread or a database connection between its
looks. Lines are polled from the segment files; the deployment's row is asked by one thread for everybody.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Set
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar

from django.db import DatabaseError, close_old_connections
from django.utils import timezone

from deployments.logs import segments
from deployments.logs.lines import Line
from deployments.models import Deployment, Instance, State
from deployments.models.deployment import IN_FLIGHT
from deployments.timeline import phases
from deployments.timeline.phases import Phase
from workspaces import principals
from workspaces.principals import Principal

#: People watch these lines scroll by: a third of a second feels at once.
POLL_S = 0.3
ROW_POLL_S = 1.0
#: Proxies and browsers give up a connection that has been silent for about a minute.
HEARTBEAT_S = 15.0
#: So soon somebody who was deactivated, signed out, or whose token was revoked, sees no line any more.
RIGHTS_POLL_S = 2.0
#: Then the follower asks again: a role, or the app itself, may have changed.
LONGEST_S = 600.0
#: Who decides a deployment moves its row first, then writes the last words into its log.
LAST_WORDS = timedelta(seconds=1)
#: Lines in one message, 8 KiB each at most.
PAGE_LINES = 200

#: One thread, hence one connection, however many follow.
ROWS = ThreadPoolExecutor(max_workers=1, thread_name_prefix="following")


@dataclass(frozen=True)
class Start:
    """Where following begins: behind an offset, or with the last ``tail`` lines, or with the oldest line."""

    offset: str | None = None
    tail: int | None = None


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
Result = TypeVar("Result")


def follow_build(principal: Principal, deployment_id: int, folder: Path, start: Start) -> AsyncIterator[Message]:
    """Lines and progress until the deployment is decided and its log drained.

    Ends without ``End`` once the principal may not follow any more, after ``LONGEST_S``, and when the database is
    away: the follower comes back by itself.
    """
    return _follow(principal, deployment_id, _Log(folder, start), lambda progress: progress.is_complete)


def follow_timeline(
    principal: Principal, deployment_id: int, *, build: Path, runtime: Path, offsets: tuple[str, str]
) -> AsyncIterator[Message]:
    """What the build and then the instances of a deployment write, until none of it runs any more.

    An offset is those of both logs with a dot between them. Ends without ``End`` as ``follow_build`` does.
    """
    logs = _Timeline(deployment_id, (build, runtime), offsets)
    return _follow(principal, deployment_id, logs, lambda progress: progress.is_over)


async def _follow(
    principal: Principal, deployment_id: int, log: "_Log | _Timeline", is_end: Callable[[Progress], bool]
) -> AsyncIterator[Message]:
    clock = _Clock()
    progress: Progress | None = None
    while not clock.is_over and await _may_follow(principal, clock):
        if clock.is_row_due:
            try:
                seen = await look(lambda: read_progress(deployment_id))
            except DatabaseError:
                return
            if seen is None:
                yield End()
                return
            if seen != progress:
                yield clock.sent(seen)
            progress = seen
        # The lines after the row: when the row says that they are complete, these are the last.
        try:
            async for lines in log.unread():
                yield clock.sent(lines)
        except DatabaseError:
            return
        if progress is not None and is_end(progress):
            yield End()
            return
        if clock.is_silent:
            yield clock.sent(Heartbeat())
        await asyncio.sleep(POLL_S)


async def follow_runtime(principal: Principal, folder: Path, start: Start) -> AsyncIterator[Message]:
    """Lines as they come; there is always more, until the principal may not follow or ``LONGEST_S`` is over."""
    log, clock = _Log(folder, start), _Clock()
    while not clock.is_over and await _may_follow(principal, clock):
        async for lines in log.unread():
            yield clock.sent(lines)
        if clock.is_silent:
            yield clock.sent(Heartbeat())
        await asyncio.sleep(POLL_S)


def read_progress(deployment_id: int) -> Progress | None:
    """Where a deployment is, or ``None`` when it has been purged."""
    deployment = Deployment.objects.prefetch_related("events").filter(pk=deployment_id).first()
    return progress_of(deployment) if deployment else None


async def look(question: Callable[[], Result]) -> Result:
    """What ``question`` finds in the database, asked by the one thread for everybody. Raises ``DatabaseError``."""
    return await _in(ROWS, lambda: _with_fresh_connection(question))


def followed(principal: Principal, deployment_id: int) -> Deployment | None:
    """The deployment, while it is there and the principal may follow it."""
    if not principals.still_stands(principal, now=timezone.now()):
        return None
    return Deployment.objects.visible_to(principal).filter(pk=deployment_id).first()


def read_sources(deployment_id: int) -> frozenset[str]:
    """By what the deployment's instances are known in the log of its app."""
    close_old_connections()
    try:
        return frozenset(instance.engine_id for instance in Instance.objects.filter(deployment=deployment_id))
    finally:
        close_old_connections()


async def _may_follow(principal: Principal, clock: "_Clock") -> bool:
    """Asked every ``RIGHTS_POLL_S``. A database that is away lets nobody go on."""
    if not clock.are_rights_due:
        return True
    try:
        return await look(lambda: principals.still_stands(principal, now=timezone.now()))
    except DatabaseError:
        return False


def _with_fresh_connection(question: Callable[[], Result]) -> Result:
    close_old_connections()
    try:
        return question()
    finally:
        close_old_connections()


def progress_of(deployment: Deployment) -> Progress:
    now = timezone.now()
    is_over = deployment.is_finished and is_complete(deployment, now)
    passed = phases.of(deployment.events.all())
    return Progress(State(deployment.state), passed, is_complete(deployment, now), is_over)


def is_complete(deployment: Deployment, now: datetime) -> bool:
    """Whether nothing more comes into its log: it is active or ready, or has failed, was cancelled or retired."""
    decided = deployment.state not in IN_FLIGHT
    return decided and now - deployment.state_changed_at >= LAST_WORDS


class _Log:
    def __init__(self, folder: Path, start: Start) -> None:
        self._folder = folder
        self._offset = start.offset
        self._tail = start.tail

    async def unread(self) -> AsyncIterator[Lines]:
        while True:
            page = await _in(None, self._page)
            self._offset, self._tail = page.next_offset, None
            if page.lines:
                yield Lines(page.lines, page.next_offset)
            if page.is_end:
                return

    def _page(self) -> segments.Page:
        if self._tail is not None:
            return segments.read_tail(self._folder, self._tail)
        return segments.read(self._folder, self._offset, PAGE_LINES)


class _Timeline:
    """A deployment's own log, and of its app's what its instances wrote."""

    def __init__(self, deployment_id: int, folders: tuple[Path, Path], offsets: tuple[str, str]) -> None:
        self._deployment_id = deployment_id
        self._folders = folders
        self._offsets = offsets
        self._is_own: dict[str, bool] = {}

    async def unread(self) -> AsyncIterator[Lines]:
        while True:
            build, runtime = await _in(None, self._pages)
            await self._ask_about({line.source for line in runtime.lines} - self._is_own.keys())
            own = tuple(line for line in runtime.lines if self._is_own[line.source])
            self._offsets = build.next_offset, runtime.next_offset
            if build.lines or own:
                yield Lines(tuple(sorted(build.lines + own, key=lambda line: line.at)), ".".join(self._offsets))
            if build.is_end and runtime.is_end:
                return

    def _pages(self) -> tuple[segments.Page, segments.Page]:
        build, runtime = map(segments.read, self._folders, self._offsets, (PAGE_LINES, PAGE_LINES))
        return build, runtime

    async def _ask_about(self, sources: Set[str]) -> None:
        """An instance has a row before it writes anything: who has none among the deployment's is another's."""
        if sources:
            own = await _in(ROWS, lambda: read_sources(self._deployment_id))
            self._is_own |= {source: source in own for source in sources}


class _Clock:
    def __init__(self) -> None:
        self._started = self._sent = self._now()
        self._row_read: float | None = None
        # Whoever has just been let in need not be asked again at once.
        self._rights_read = self._started

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()

    @property
    def is_over(self) -> bool:
        return self._now() - self._started > LONGEST_S

    @property
    def is_silent(self) -> bool:
        return self._now() - self._sent > HEARTBEAT_S

    @property
    def is_row_due(self) -> bool:
        """At most once in ``ROW_POLL_S``; asking takes the turn."""
        if self._row_read is not None and self._now() - self._row_read < ROW_POLL_S:
            return False
        self._row_read = self._now()
        return True

    @property
    def are_rights_due(self) -> bool:
        """At most once in ``RIGHTS_POLL_S``; asking takes the turn."""
        if self._now() - self._rights_read < RIGHTS_POLL_S:
            return False
        self._rights_read = self._now()
        return True

    def sent(self, message: Result) -> Result:
        self._sent = self._now()
        return message


async def _in(executor: ThreadPoolExecutor | None, look: Callable[[], Result]) -> Result:
    return await asyncio.get_running_loop().run_in_executor(executor, look)
