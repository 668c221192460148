"""What must be on the disk before something says that it is: a power cut otherwise leaves names without contents."""

import os
from pathlib import Path

from deployments import shell

#: A disk that writes other people's data first may take its time.
PATIENCE_S = 120.0


def write_text(path: Path, text: str) -> None:
    """Put ``text`` in place by one rename, once it is on the disk."""
    new = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with new.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        new.replace(path)
    except OSError:
        new.unlink(missing_ok=True)
        raise


def settle(folder: Path) -> None:
    """Return once everything on the file system of ``folder`` is on the disk: for many new files one wait, not many."""
    try:
        shell.run(["/usr/bin/sync", "--file-system", str(folder)], timeout_s=PATIENCE_S, env={})
    except (shell.TimedOut, FileNotFoundError):
        # A reader finds out by size: slower, and as safe.
        return
