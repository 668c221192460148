"""Files that many folders have at the cost of one."""

import errno
import os
import shutil


def link(source: str, target: str) -> None:
    """Give the file ``source`` the new name ``target``. Raises ``FileExistsError``, ``FileNotFoundError``, ``OSError``.

    An inode has at most 65,000 names on ext4, and every empty ``__init__.py`` may be the same file: then it is a copy.
    """
    try:
        os.link(source, target, follow_symlinks=False)
    except OSError as error:
        if error.errno != errno.EMLINK:
            raise
        shutil.copy2(source, target)
