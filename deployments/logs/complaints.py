"""Lines in which a running program says what it lacks, kept beside its log.

A program may write for months between two of them, so whoever looks for them must not have to read all of its log.
They are a log of their own below the program's, in which each is written with the lines before it.
"""

import contextlib
from collections import deque
from collections.abc import Sequence
from pathlib import Path

from deployments.logs.lines import Line
from deployments.logs.segments import Writer

FOLDER = "complaints"
#: What a line holds that is worth a closer look: cheap to ask of every line of every program.
MARKS = ("ModuleNotFoundError: ", "cannot open shared object file", "cannot load library '")
#: Lines before it: the file, the code and the marks under it in a traceback.
CONTEXT_LINES = 3
#: A program that complains without end is not heard any more.
MOST = 20


def folder(log_dir: Path) -> Path:
    return log_dir / FOLDER


def is_complaint(text: str) -> bool:
    return any(mark in text for mark in MARKS)


class Complaints:
    """Listens to the lines of one program as they are written to ``log_dir``."""

    def __init__(self, log_dir: Path) -> None:
        self._writer = Writer(folder(log_dir))
        self._before: deque[Line] = deque(maxlen=CONTEXT_LINES)
        self._heard: set[str] = set()

    def hear(self, lines: Sequence[Line]) -> None:
        """Keep what complains for the first time. A full disk loses it, as it loses the log."""
        for line in lines:
            if is_complaint(line.text) and line.text not in self._heard and len(self._heard) < MOST:
                self._heard.add(line.text)
                with contextlib.suppress(OSError):
                    self._writer.append([*self._before, line])
            self._before.append(line)

    def close(self) -> None:
        self._writer.close()
