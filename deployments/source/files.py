"""Reading one of a source's own files, as the text of a stranger."""

import os
import stat
from pathlib import Path

from deployments.failures import Failure, FailureKind

#: Files that people write by hand are far below this.
TEXT_BYTES = 1024 * 1024


def has(source: Path, name: str) -> bool:
    """Whether ``source`` holds ``name`` as a file; a link that leads out of the source counts as none."""
    path = source / name
    return path.is_file() and path.resolve().is_relative_to(source.resolve())


def read_text(source: Path, name: str, kind: FailureKind, limit_bytes: int = TEXT_BYTES) -> str | None:
    """The text of the file ``name``, or ``None`` when there is none. A byte order mark is taken off.

    Raises ``Failure`` of ``kind`` for a file that is too large or not UTF-8.
    """
    if not has(source, name):
        return None
    data = _read(source / name, limit_bytes + 1)
    if len(data) > limit_bytes:
        raise Failure(kind, f"{name} is larger than {limit_bytes // 1024} KiB.", f"Shorten {name}.")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise Failure(kind, f"{name} is not UTF-8 text, in line {line}.", f"Save {name} as UTF-8.") from None
    return text.replace("\r\n", "\n")


def _read(path: Path, limit_bytes: int) -> bytes:
    # Without O_NONBLOCK a named pipe that took the file's place would hold the worker for ever.
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with open(descriptor, "rb") as file:
        return file.read(limit_bytes) if stat.S_ISREG(os.fstat(descriptor).st_mode) else b""
