"""Bytes on their way in: whole and on the disk before anything is called by them."""

import hashlib
import os
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from workspaces.disk_room import room_for
from workspaces.errors import LimitExceeded


@dataclass(frozen=True)
class Received:
    """A file of its own, gone at the end unless somebody moved it. ``digest`` is "sha256:…"."""

    path: Path
    digest: str
    size_bytes: int


@contextmanager
def received(chunks: Iterable[bytes], what: str) -> Iterator[Received]:
    """Raises ``LimitExceeded`` above SLIPWAY_UPLOAD_MAX_MIB, and ``DiskFull``, also for what is done with it inside.

    ``what`` is its name in a sentence: "the source".
    """
    path = new_path()
    with room_for(what):
        try:
            digest, size_bytes = _write(path, chunks)
            yield Received(path, digest, size_bytes)
        finally:
            path.unlink(missing_ok=True)


def new_path() -> Path:
    return Path(settings.HOME.uploads) / uuid.uuid4().hex


def check_size(size_bytes: int) -> None:
    if size_bytes > settings.UPLOAD_MAX_BYTES:
        limit = settings.UPLOAD_MAX_BYTES // settings.MEBIBYTE
        raise LimitExceeded(
            f"The upload is larger than {limit} MiB.", "Leave data and virtual environments out of the archive."
        )


def _write(path: Path, chunks: Iterable[bytes]) -> tuple[str, int]:
    sha256, size_bytes = hashlib.sha256(), 0
    with path.open("xb") as file:
        for chunk in chunks:
            size_bytes += len(chunk)
            check_size(size_bytes)
            sha256.update(chunk)
            file.write(chunk)
        file.flush()
        os.fsync(file.fileno())
    return f"sha256:{sha256.hexdigest()}", size_bytes
