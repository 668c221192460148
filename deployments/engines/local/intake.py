"""What one instance writes: from the bytes of its FIFO to masked, limited lines in its log."""

import contextlib
import os
import sys
import time
from pathlib import Path

from deployments.engines.local.flood import Flood
from deployments.engines.local.folders import Folder
from deployments.logs.complaints import Complaints
from deployments.logs.lines import MAX_TEXT_CHARS, Line, strip
from deployments.logs.segments import Writer
from workspaces.encryption import BadKeys, CannotOpen, KeyRing
from workspaces.redaction import Masker

READ_BYTES = 256 * 1024
#: A prompt or a progress bar without a line end is shown when it has been quiet for so long.
QUIET_S = 1.0
#: UTF-8 has up to 4 bytes a character; what is longer is cut.
MAX_LINE_BYTES = 4 * MAX_TEXT_CHARS
UNMASKABLE = "(hidden: Slipway could not open the secrets of this app, so it could not keep them out of the log)"
LOST = "the platform could not write them down, as on a full disk"


class Intake:
    """One open FIFO. Call ``read`` when it has data, and ``tick`` about once a second while ``is_waiting``."""

    def __init__(self, folder: Folder, key_file: Path, writer: Writer) -> None:
        self.folder = folder
        # Both ends, so that a FIFO whose program died is quiet instead of at its end.
        self.descriptor = os.open(folder.log, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOFOLLOW)
        self.inode = os.fstat(self.descriptor).st_ino
        self._writer = writer
        self._complaints = Complaints(writer.folder)
        self._secrets = Secrets(folder, key_file)
        self._flood = Flood()
        self._partial = b""
        self._skips_line = False
        self._read_at = 0.0
        self._lost = 0

    @property
    def is_waiting(self) -> bool:
        return bool(self._partial) or self._flood.has_dropped

    def read(self) -> bool:
        """Take in what there is, up to a limit. False if there was nothing."""
        try:
            data = os.read(self.descriptor, READ_BYTES)
        except BlockingIOError:
            return False
        self._read_at = time.monotonic()
        if self._flood.admits(data, self._read_at):
            self._write([*self._flood.notice(), *self._lines(data)])
        else:
            self._end_line()
            self._skips_line = not data.endswith(b"\n")
        return True

    def tick(self) -> None:
        if time.monotonic() - self._read_at >= QUIET_S:
            self._end_line()
            self._write(self._flood.notice())

    def close(self) -> None:
        """Write down all that is left, and let go of the FIFO."""
        while self.read():
            pass
        self._end_line()
        self._write(self._flood.notice())
        self._complaints.close()
        os.close(self.descriptor)

    def _lines(self, data: bytes) -> list[bytes]:
        """The lines that ``data`` completes. Of an overlong one, the beginning."""
        *lines, self._partial = (self._partial + data).split(b"\n")
        if self._skips_line and lines:
            lines, self._skips_line = lines[1:], False
        elif self._skips_line:
            self._partial = b""
        if len(self._partial) > MAX_LINE_BYTES:
            lines.append(self._partial)
            self._partial, self._skips_line = b"", True
        return lines

    def _end_line(self) -> None:
        if self._partial:
            line, self._partial = self._partial, b""
            self._write([line])

    def _write(self, raw_lines: list[bytes]) -> None:
        if not raw_lines:
            return
        masker, now = self._secrets.masker(), time.time()
        texts = [UNMASKABLE] if masker is None else [_text(raw, masker) for raw in raw_lines]
        lines = [Line(now, self.folder.instance_id, text) for text in texts]
        self._complaints.hear(lines)
        try:
            self._writer.append([*self._gap(now), *lines])
            self._lost = 0
        except OSError as error:
            self._lost += len(lines)
            _complain(f"{len(lines)} lines of instance {self.folder.instance_id} were lost: {error.strerror}.")

    def _gap(self, now: float) -> list[Line]:
        """What readers are told in place of lines for which the disk had no room."""
        lines = "1 line" if self._lost == 1 else f"{self._lost:,} lines"
        return [Line(now, self.folder.instance_id, f"({lines} lost here: {LOST})")] if self._lost else []


class Secrets:
    """The masker of an instance, made anew whenever what it was given as secret was replaced."""

    def __init__(self, folder: Folder, key_file: Path) -> None:
        self._folder, self._key_file = folder, key_file
        self._versions: list[tuple[int, int] | None] = [None, None]
        self._masker: Masker | None = Masker(())
        self.masker()

    def masker(self) -> Masker | None:
        """``None`` when the secrets cannot be opened: then nothing may be shown. After a discard, the last one."""
        versions = [sealed.version() for sealed in (self._folder.secrets, self._folder.private)]
        if versions != self._versions and any(versions):
            self._versions, self._masker = versions, self._open()
        return self._masker

    def _open(self) -> Masker | None:
        try:
            return Masker(self._values())
        except (BadKeys, CannotOpen, OSError) as error:
            _complain(f"The output of instance {self._folder.instance_id} is hidden: {error}")
            return None

    def _values(self) -> list[str]:
        keys = KeyRing.from_file(self._key_file)
        variables, private = self._folder.secrets, self._folder.private
        return [
            *(variables.read(keys).values() if variables.version() else ()),
            *(private.read(keys)["hidden"] if private.version() else ()),
        ]


def _text(raw: bytes, masker: Masker) -> str:
    is_cut = len(raw) > MAX_LINE_BYTES
    # What a terminal would show of a line that a progress bar wrote over itself.
    text = raw[:MAX_LINE_BYTES].decode("utf-8", "replace").rstrip("\r").rpartition("\r")[2]
    # A value may hold a control character, or be drawn with colours in it: masked before and after.
    masked = masker.mask(strip(masker.mask(text)))
    return masked[: len(masked) - masker.longest] if is_cut else masked


def _complain(sentence: str) -> None:
    # It may lead to the very disk that is full.
    with contextlib.suppress(OSError):
        print(sentence, file=sys.stderr, flush=True)
