"""Whether the disk has room, and what is said when it has none."""

import errno
import logging
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from workspaces.errors import DiskFull

#: No room on the disk, or none within a quota.
FULL = (errno.ENOSPC, errno.EDQUOT)

log = logging.getLogger(__name__)


def is_disk_full(error: BaseException) -> bool:
    """Whether there was no room on the disk, or none within a quota."""
    if isinstance(error, shutil.Error):
        # Of many files at once only the texts of their errors are left.
        return any(f"[Errno {number}]" in str(error) for number in FULL)
    return isinstance(error, OSError) and error.errno in FULL


@contextmanager
def room_for(what: str) -> Iterator[None]:
    """Around what stores ``what`` ("the upload") whole or not at all. Raises ``DiskFull``."""
    try:
        yield
    except OSError as error:
        if not is_disk_full(error):
            raise
        raise no_room_for(what) from None


def no_room_for(what: str) -> DiskFull:
    """To be raised once nothing is left of it. Operators read of it in the platform's log."""
    log.error("The disk is full: there was no room for %s", what)
    return DiskFull(
        f"The platform's disk is full, so {what} could not be stored. Nothing was changed, and nothing was lost.",
        "Ask the operator of the platform to free space, then try again.",
    )
