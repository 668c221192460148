"""What must be on the disk before something says that it is: a power cut otherwise leaves names without contents."""

import errno
import os
import shutil
from pathlib import Path

from deployments import shell

#: A disk that writes other people's data first may take its time.
PATIENCE_S = 120.0
FULL = (errno.ENOSPC, errno.EDQUOT)


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


def is_disk_full(error: BaseException) -> bool:
    """Whether there was no room on the disk, or none within a quota."""
    if isinstance(error, shutil.Error):
        # Of many files at once only the texts of their errors are left.
        return any(f"[Errno {number}]" in str(error) for number in FULL)
    return isinstance(error, OSError) and error.errno in FULL


def settle(folder: Path) -> None:
    """Return once everything on the file system of ``folder`` is on the disk: for many new files one wait, not many."""
    try:
        shell.run(["/usr/bin/sync", "--file-system", str(folder)], timeout_s=PATIENCE_S, env={})
    except (shell.TimedOut, FileNotFoundError):
        # A reader finds out by size: slower, and as safe.
        return
