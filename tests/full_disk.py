"""A disk of the tests' own that can really be full: a small file system in memory."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

FILLER = ".filler"
BLOCK_BYTES = 4096


class Disk:
    """A file system of a few MB at ``root``."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def fill(self, *, leaving_bytes: int = 0) -> None:
        """Take all of it but that much."""
        with (self.root / FILLER).open("ab") as file:
            file.write(b"\0" * max(0, self.free_bytes() - leaving_bytes))

    def free_bytes(self) -> int:
        status = os.statvfs(self.root)
        return status.f_bavail * status.f_frsize

    def free(self) -> None:
        (self.root / FILLER).unlink()


@contextmanager
def mounted(folder: Path, *, size_mb: int) -> Iterator[Disk]:
    """Skips where this user may not mount: an ordinary one."""
    folder.mkdir(parents=True, exist_ok=True)
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size_mb}m,mode=0755", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True).returncode != 0:
        pytest.skip("Only root, and in a container only with SYS_ADMIN, can mount a disk that is soon full.")
    try:
        yield Disk(folder)
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)
