"""Locks that are files, so that the kernel lets go of a killed process's."""

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from deployments import shell

#: How often somebody who waits looks again.
WAIT_S = 0.1


@contextmanager
def held(path: Path, should_stop: Callable[[], bool] | None, *, is_shared: bool = False) -> Iterator[None]:
    """Hold the lock of the file ``path``, alone or with all others who share it, within the process too.

    Raises ``shell.Stopped`` when it has to wait and ``should_stop`` says so.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    while True:
        with path.open("w") as file:
            _wait_for(file, fcntl.LOCK_SH if is_shared else fcntl.LOCK_EX, should_stop)
            # Whoever held it may have removed the file with what it stands for: then this one is nobody's.
            if _is_still(file, path):
                yield
                return


def _wait_for(file: IO[str], operation: int, should_stop: Callable[[], bool] | None) -> None:
    while True:
        try:
            fcntl.flock(file, operation | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if should_stop is not None and should_stop():
                raise shell.Stopped from None
            time.sleep(WAIT_S)


def _is_still(file: IO[str], path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except FileNotFoundError:
        return False
