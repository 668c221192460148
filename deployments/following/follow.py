"""Following a log while it is written, together with how its deployment goes.

Written for many followers at a time: none of them holds a thread or a database connection between its looks. Lines are
polled from the segment files; the deployment's row is asked by one thread for everybody. All streams end without
``End`` once the principal may not follow any more, after ``LONGEST_S``, and when the database is away: the follower
comes back by itself.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

from django.db import DatabaseError

from deployments.following import looks, progress, rights
from deployments.following.clock import Clock
from deployments.following.logs import BuildAndRuntime, Growing, OneLog, Start
from deployments.following.messages import End, Heartbeat, Message, Progress
from workspaces.principals import Principal

#: People watch these lines scroll by: a third of a second feels at once.
POLL_S = 0.3


def build(principal: Principal, deployment_id: int, folder: Path, start: Start) -> AsyncIterator[Message]:
    """Lines and progress until the deployment is decided and its log drained."""
    return _follow(principal, deployment_id, OneLog(folder, start), lambda seen: seen.is_complete)


def timeline(
    principal: Principal, deployment_id: int, *, build: Path, runtime: Path, offsets: tuple[str, str]
) -> AsyncIterator[Message]:
    """What the build and then the instances of a deployment write, until none of it runs any more.

    An offset is those of both logs with a dot between them.
    """
    logs = BuildAndRuntime(deployment_id, (build, runtime), offsets)
    return _follow(principal, deployment_id, logs, lambda seen: seen.is_over)


async def runtime(principal: Principal, folder: Path, start: Start) -> AsyncIterator[Message]:
    """Lines as they come; there is always more."""
    log, clock = OneLog(folder, start), Clock()
    while not clock.is_over and await _may_follow(principal, clock):
        async for lines in log.unread():
            yield clock.sent(lines)
        if clock.is_silent:
            yield clock.sent(Heartbeat())
        await asyncio.sleep(POLL_S)


async def _follow(
    principal: Principal, deployment_id: int, log: Growing, is_end: Callable[[Progress], bool]
) -> AsyncIterator[Message]:
    clock = Clock()
    known: Progress | None = None
    while not clock.is_over and await _may_follow(principal, clock):
        if clock.is_row_due:
            try:
                seen = await looks.at_rows(lambda: progress.read(deployment_id))
            except DatabaseError:
                return
            if seen is None:
                yield End()
                return
            if seen != known:
                yield clock.sent(seen)
            known = seen
        # The lines after the row: when the row says that they are complete, these are the last.
        try:
            async for lines in log.unread():
                yield clock.sent(lines)
        except DatabaseError:
            return
        if known is not None and is_end(known):
            yield End()
            return
        if clock.is_silent:
            yield clock.sent(Heartbeat())
        await asyncio.sleep(POLL_S)


async def _may_follow(principal: Principal, clock: Clock) -> bool:
    return not clock.are_rights_due or await rights.still_stand(principal)
