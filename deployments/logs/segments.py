"""A log as append-only segment files in one folder, read by opaque offsets.

``00000001.log``, ``00000002.log``, … Numbers only grow, so an offset stays valid over restarts and
rotation, and after its segment was deleted it means the beginning of the next. Readers poll: a read that
finds nothing new lists the folder and opens one file.
"""

import fcntl
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from deployments.logs.lines import Line, decode, encode

SEGMENT_BYTES = 4 * 1024 * 1024
BLOCK_BYTES = 256 * 1024
SEGMENT_NAME = re.compile(r"(\d{8,})\.log")
OFFSET = re.compile(r"([0-9a-f]{1,15})-([0-9a-f]{1,15})", re.ASCII)


class BadOffset(ValueError):
    """The offset was not given out by this log."""


@dataclass(frozen=True)
class Page:
    """Lines in the order they were written. ``next_offset`` continues behind them, now or after more was
    written; ``is_end`` says that nothing more was there."""

    lines: tuple[Line, ...]
    next_offset: str
    is_end: bool


@dataclass(frozen=True)
class PageBack:
    """Lines in the order they were written. ``first_offset`` is where the first of them begins, ``next_offset`` where
    reading goes on behind the last; ``is_start`` says that no older ones are kept."""

    lines: tuple[Line, ...]
    first_offset: str
    next_offset: str
    is_start: bool


class Writer:
    """Appends to the newest segment and begins another when it is full. Opens nothing before the first line.

    Several writers, in one process or more, may share a folder. A line torn by a crash is ended by the next append.
    """

    def __init__(self, folder: Path, segment_bytes: int = SEGMENT_BYTES) -> None:
        self._folder = folder
        self._segment_bytes = segment_bytes
        self._descriptor: int | None = None

    @property
    def folder(self) -> Path:
        return self._folder

    def append(self, lines: Iterable[Line]) -> None:
        """Write all ``lines`` or, raising ``OSError`` (a full disk, say), none of them."""
        data = b"".join(map(encode, lines))
        if data:
            with self._segment_with_room() as descriptor:
                _append(descriptor, data)

    def close(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    __del__ = close

    @contextmanager
    def _segment_with_room(self) -> Iterator[int]:
        """The newest segment, locked, so that none grows after it was found full."""
        while True:
            descriptor = self._descriptor = self._descriptor or self._open_newest()
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            status = os.fstat(descriptor)
            # Without a name it was pruned or its folder removed: nobody would read what is written there.
            if status.st_nlink > 0 and status.st_size < self._segment_bytes:
                break
            self.close()
        try:
            yield descriptor
        finally:
            fcntl.flock(descriptor, fcntl.LOCK_UN)

    def _open_newest(self) -> int:
        self._folder.mkdir(mode=0o750, parents=True, exist_ok=True)
        number = max(_numbers(self._folder), default=1)
        status = _stat(_path(self._folder, number))
        if status is not None and status.st_size >= self._segment_bytes:
            number += 1
        flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        return os.open(_path(self._folder, number), flags, 0o640)


def read(folder: Path, offset: str | None, limit: int) -> Page:
    """Up to ``limit`` lines from ``offset``, or from the oldest kept. Raises ``BadOffset``."""
    number, byte = _start(folder, _parse(offset))
    lines: list[Line] = []
    while True:
        # Looked up before reading: a segment that has a successor never grows, so nothing is left
        # behind in it but, after a crash, a line without an end.
        following = _segment_after(folder, number)
        found, byte = _read_segment(folder, number, byte, limit - len(lines))
        lines += found
        if following is None or len(lines) >= limit:
            return Page(tuple(lines), _format(number, byte), is_end=len(lines) < limit)
        number, byte = following, 0


def read_tail(folder: Path, count: int) -> Page:
    """The newest ``count`` lines; ``next_offset`` continues with those written later."""
    back = read_before(folder, None, count)
    return Page(back.lines, back.next_offset, is_end=True)


def read_before(folder: Path, offset: str | None, count: int) -> PageBack:
    """The ``count`` lines before ``offset``, or before the end. Raises ``BadOffset``."""
    number, byte = _parse(offset) if offset else (max(_numbers(folder), default=0), None)
    lines: list[Line] = []
    first, end = (number, byte or 0), None
    for earlier in sorted((one for one in _numbers(folder) if one <= number), reverse=True):
        stop = byte if earlier == number else None
        while stop != 0:
            found, stop, behind = _lines_before(_path(folder, earlier), stop, count - len(lines))
            lines, first, end = found + lines, (earlier, stop), end or (earlier, behind)
            if len(lines) >= count:
                break
        if len(lines) >= count:
            break
    is_start = first <= (min(_numbers(folder), default=first[0]), 0)
    return PageBack(tuple(lines), _format(*first), _format(*(end or first)), is_start)


def beginning_of(folder: Path, at: float) -> str:
    """An offset before everything that was written from ``at`` (Unix time) on, and perhaps before a little more."""
    return _format(_segment_of(folder, at) or max(_numbers(folder), default=0), 0)


def end_of(folder: Path, at: float) -> str | None:
    """An offset behind everything that was written until ``at``, and perhaps a little more; ``None`` is the end."""
    number = _segment_of(folder, at)
    status = _stat(_path(folder, number)) if number else None
    return _format(number, status.st_size) if number and status else None


def prune(folder: Path, *, keep_bytes: int, older_than: float) -> int:
    """Delete the oldest segments while all hold more than ``keep_bytes``, and those last written before
    ``older_than`` (Unix time). The newest always stays: it carries the count. Returns the bytes freed."""
    found = [(_path(folder, number), _stat(_path(folder, number))) for number in sorted(_numbers(folder))]
    total = sum(status.st_size for _, status in found if status)
    freed = 0
    for path, status in found[:-1]:
        if status is None or (total - freed <= keep_bytes and status.st_mtime >= older_than):
            continue
        path.unlink(missing_ok=True)
        freed += status.st_size
    return freed


def _start(folder: Path, position: tuple[int, int]) -> tuple[int, int]:
    """``position``, or the beginning of a log that was removed and begun anew since."""
    return position if position[0] <= max(_numbers(folder), default=0) else (0, 0)


def _read_segment(folder: Path, number: int, byte: int, limit: int) -> tuple[list[Line], int]:
    """Whole lines from ``byte``, and the byte behind the last of them."""
    lines: list[Line] = []
    try:
        file = _path(folder, number).open("rb", buffering=BLOCK_BYTES)
    except FileNotFoundError:
        return [], byte
    with file:
        file.seek(byte)
        while len(lines) < limit and (raw := file.readline()).endswith(b"\n"):
            byte += len(raw)
            if line := decode(raw):
                lines.append(line)
    return lines, byte


def _lines_before(path: Path, end: int | None, count: int) -> tuple[list[Line], int, int]:
    """The last ``count`` whole lines of a file before ``end``, the byte where they begin, and the byte behind them.

    Reads backwards, block by block.
    """
    try:
        file = path.open("rb")
    except FileNotFoundError:
        return [], 0, 0
    with file:
        size = file.seek(0, os.SEEK_END)
        start = size if end is None else min(end, size)
        data = b""
        while start > 0 and data.count(b"\n") <= count:
            length = min(BLOCK_BYTES, start)
            start -= length
            file.seek(start)
            data = file.read(length) + data
    whole = data[: data.rfind(b"\n") + 1]
    behind = start + len(whole)
    raw_lines = whole.split(b"\n")[:-1]
    # With a block that begins inside a line there are more than ``count``, and that line is not among the last.
    kept = raw_lines[max(0, len(raw_lines) - count) :]
    begin = behind - sum(len(raw) + 1 for raw in kept)
    return [line for raw in kept if (line := decode(raw))], begin, behind


def _segment_of(folder: Path, at: float) -> int | None:
    """The first segment that was still written at ``at`` or later."""
    for number in sorted(_numbers(folder)):
        status = _stat(_path(folder, number))
        if status is not None and status.st_mtime >= at:
            return number
    return None


def _numbers(folder: Path) -> Sequence[int]:
    try:
        names = os.listdir(folder)
    except FileNotFoundError:
        return []
    return [int(match[1]) for name in names if (match := SEGMENT_NAME.fullmatch(name))]


def _segment_after(folder: Path, number: int) -> int | None:
    return min((other for other in _numbers(folder) if other > number), default=None)


def _path(folder: Path, number: int) -> Path:
    return folder / f"{number:08d}.log"


def _stat(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except FileNotFoundError:
        return None


def _parse(offset: str | None) -> tuple[int, int]:
    if not offset:
        return (0, 0)
    match = OFFSET.fullmatch(offset)
    if match is None:
        raise BadOffset(
            "This is not an offset of a log. Leave it out to read from the beginning, then use next_offset."
        )
    return (int(match[1], 16), int(match[2], 16))


def _format(number: int, byte: int) -> str:
    return f"{number:x}-{byte:x}"


def _append(descriptor: int, data: bytes) -> None:
    size = os.fstat(descriptor).st_size
    if size and os.pread(descriptor, 1, size - 1) != b"\n":
        data = b"\n" + data
    try:
        view = memoryview(data)
        while view:
            view = view[os.write(descriptor, view) :]
    except OSError:
        os.ftruncate(descriptor, size)
        raise
