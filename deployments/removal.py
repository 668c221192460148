"""Removing a folder that strangers' code has filled, whatever it did to the modes in it."""

import contextlib
import os
import shutil
from pathlib import Path


def remove_tree(folder: Path) -> None:
    """Remove ``folder`` with all that is in it; nothing if it is not there. Raises ``OSError`` for what stays.

    A program can close its folders even to their owner (mode 0500, or 0). Root passes all the same, an ordinary
    user must open them first.
    """
    with contextlib.suppress(FileNotFoundError):
        try:
            shutil.rmtree(folder)
        except PermissionError:
            _open_up(str(folder))
            shutil.rmtree(folder)


def discard_tree(folder: Path) -> None:
    """The same for what nobody needs: what cannot be removed now stays for the next time."""
    with contextlib.suppress(OSError):
        remove_tree(folder)


def _open_up(folder: str) -> None:
    # By a descriptor that follows no link: chmod of a path would open what a link put there meanwhile leads to.
    descriptor = os.open(folder, os.O_PATH | os.O_NOFOLLOW | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.chmod(f"/proc/self/fd/{descriptor}", 0o700)
    finally:
        os.close(descriptor)
    with os.scandir(folder) as entries:
        inside = [entry.path for entry in entries if entry.is_dir(follow_symlinks=False)]
    for path in inside:
        _open_up(path)
