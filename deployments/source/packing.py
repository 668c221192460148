"""From a source folder to the archive of it, the same bytes for the same content."""

import gzip
import os
import stat
import tarfile
import tempfile
from collections.abc import Iterator, Mapping
from io import BytesIO
from pathlib import Path, PurePosixPath

from deployments.source.junk import junk_in
from deployments.source.tree import EARLIEST_MTIME


def pack(folder: Path, into: Path, replaced: Mapping[str, bytes] | None = None) -> None:
    """Write ``folder`` as the tar.gz ``into``, without what ``unpack`` would leave out.

    ``replaced`` are files at the top with another content than in ``folder``, or that are not in it at all.
    Owners, times and all but the executable bit are fixed, so equal folders give equal archives.
    """
    descriptor, unfinished = tempfile.mkstemp(prefix=".packing-", dir=into.parent)
    try:
        with (
            open(descriptor, "wb") as file,
            gzip.GzipFile(filename="", fileobj=file, mode="wb", mtime=0) as compressed,
            tarfile.TarFile(fileobj=compressed, mode="w", format=tarfile.PAX_FORMAT) as tar,
        ):
            for path in _paths(folder):
                if str(path) not in (replaced or {}):
                    _add(tar, folder, path)
            for name, content in sorted((replaced or {}).items()):
                _add_content(tar, name, content)
        Path(unfinished).rename(into)
    finally:
        Path(unfinished).unlink(missing_ok=True)


def _paths(folder: Path) -> Iterator[PurePosixPath]:
    """Everything below ``folder`` that is kept, parents first, in an order that no file system decides."""
    for root, folders, files in os.walk(folder):
        base = PurePosixPath(os.path.relpath(root, folder))
        folders[:] = sorted(name for name in folders if not junk_in(base / name))
        yield from (base / name for name in sorted([*folders, *files]) if not junk_in(base / name))


def _add(tar: tarfile.TarFile, folder: Path, path: PurePosixPath) -> None:
    status = (folder / path).lstat()
    info = tarfile.TarInfo(str(path))
    info.mtime = EARLIEST_MTIME
    info.mode = 0o755 if status.st_mode & 0o111 else 0o644
    if stat.S_ISREG(status.st_mode):
        info.size = status.st_size
        with (folder / path).open("rb") as file:
            tar.addfile(info, file)
    elif stat.S_ISDIR(status.st_mode):
        info.type = tarfile.DIRTYPE
        tar.addfile(info)
    elif stat.S_ISLNK(status.st_mode):
        info.type = tarfile.SYMTYPE
        info.linkname = os.readlink(folder / path)
        tar.addfile(info)


def _add_content(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    info = tarfile.TarInfo(name)
    info.mtime, info.mode, info.size = EARLIEST_MTIME, 0o644, len(content)
    tar.addfile(info, BytesIO(content))
