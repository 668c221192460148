"""Reading on in logs that grow: from where one was, as far as there is something new."""

from collections.abc import AsyncIterator, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from deployments.following import looks
from deployments.following.messages import Lines
from deployments.logs import segments
from deployments.models import Instance

#: Lines in one message, 8 KiB each at most.
PAGE_LINES = 200


@dataclass(frozen=True)
class Start:
    """Where following begins: behind an offset, or with the last ``tail`` lines, or with the oldest line."""

    offset: str | None = None
    tail: int | None = None


class Growing(Protocol):
    def unread(self) -> AsyncIterator[Lines]: ...


class OneLog:
    def __init__(self, folder: Path, start: Start) -> None:
        self._folder = folder
        self._offset = start.offset
        self._tail = start.tail

    async def unread(self) -> AsyncIterator[Lines]:
        while True:
            page = await looks.at_files(self._page)
            self._offset, self._tail = page.next_offset, None
            if page.lines:
                yield Lines(page.lines, page.next_offset)
            if page.is_end:
                return

    def _page(self) -> segments.Page:
        if self._tail is not None:
            return segments.read_tail(self._folder, self._tail)
        return segments.read(self._folder, self._offset, PAGE_LINES)


class BuildAndRuntime:
    """A deployment's own log, and of its app's what its instances wrote."""

    def __init__(self, deployment_id: int, folders: tuple[Path, Path], offsets: tuple[str, str]) -> None:
        self._deployment_id = deployment_id
        self._folders = folders
        self._offsets = offsets
        self._is_own: dict[str, bool] = {}

    async def unread(self) -> AsyncIterator[Lines]:
        while True:
            build, runtime = await looks.at_files(self._pages)
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
            own = await looks.at_rows(lambda: _instances(self._deployment_id))
            self._is_own |= {source: source in own for source in sources}


def _instances(deployment_id: int) -> frozenset[str]:
    """By what the deployment's instances are known in the log of its app."""
    return frozenset(instance.engine_id for instance in Instance.objects.filter(deployment=deployment_id))
