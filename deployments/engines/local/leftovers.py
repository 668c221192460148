"""Kill what an unsandboxed program left behind: children that took a session of their own.

In a sandbox there are none, the kernel ends a process namespace as a whole.
"""

import os
import signal
from collections.abc import Iterator
from pathlib import Path


def kill(log: Path) -> None:
    """SIGKILL to every process whose output goes to the FIFO ``log``."""
    try:
        wanted = os.stat(log)
    except FileNotFoundError:
        return
    for pid in _writers(wanted):
        try:
            os.kill(pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            continue


def _writers(wanted: os.stat_result) -> Iterator[int]:
    for pid in (int(name) for name in os.listdir("/proc") if name.isdigit()):
        # Its output, not any descriptor: the logger has the FIFO open too.
        if pid != os.getpid() and any(_is_same(f"/proc/{pid}/fd/{number}", wanted) for number in (1, 2)):
            yield pid


def _is_same(path: str, wanted: os.stat_result) -> bool:
    try:
        status = os.stat(path)
    except OSError:
        return False
    return (status.st_dev, status.st_ino) == (wanted.st_dev, wanted.st_ino)
