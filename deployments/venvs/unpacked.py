"""What uv unpacked of wheels, and hard-links into environments: its cache, in which only the platform installs.

``archive-v0/<id>/`` holds the files of one wheel, a link and a ``.rev`` file under ``wheels-v*/`` lead to it. uv does
not look whether a folder is still there, so what leads to it goes first. uv itself locks ``.lock`` while it works.
"""

import fcntl
import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path


def prune(cache: Path, *, idle_s: float) -> int:
    """Remove what no environment shares and is older than that; nothing while uv installs. Returns how many."""
    lock = cache / ".lock"
    if not lock.exists():
        return 0
    with lock.open("r+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return 0
        pointers = dict(_pointers(cache))
        old = [path for path in cache.glob("archive-v*/*") if _age_s(path) > idle_s and not _is_shared(path)]
        for path in old:
            pointer = pointers.get(path.name)
            if pointer is not None:
                pointer.with_name(f"{pointer.name}.rev").unlink(missing_ok=True)
                pointer.unlink(missing_ok=True)
            path.rename(path.with_name(f".removed-{path.name}"))
    for path in cache.glob("archive-v*/.removed-*"):
        shutil.rmtree(path, ignore_errors=True)
    return len(old)


def _pointers(cache: Path) -> Iterator[tuple[str, Path]]:
    for folder in cache.glob("wheels-v*"):
        for root, folders, files in os.walk(folder):
            for name in (*folders, *files):
                path = Path(root) / name
                if path.is_symlink():
                    yield os.path.basename(os.readlink(path)), path


def _is_shared(archive: Path) -> bool:
    """Whether any of its files has a second name, in an environment."""
    files = (f"{root}/{name}" for root, _, names in os.walk(archive) for name in names)
    return any(os.lstat(file).st_nlink > 1 for file in files)


def _age_s(path: Path) -> float:
    return time.time() - path.lstat().st_mtime
