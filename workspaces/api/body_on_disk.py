"""A request's body on its way to the disk, and a disk that has no room for it.

Django writes it to a temporary file before any of our code runs, and a form's files from there to others. Both lie
where uploads do: on the platform's own disk, not in a /tmp that may be the machine's memory.
"""

import io
import os
import tempfile
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import IO, Any, cast

from django.conf import settings
from django.core.exceptions import RequestAborted
from django.core.files.uploadhandler import TemporaryFileUploadHandler
from django.core.handlers.asgi import ASGIHandler

from workspaces.disk_room import is_disk_full, no_room_for, room_for

BODY = "what was sent"


class LostBody(io.RawIOBase):
    """Of a body for which there was no room. Whoever reads it gets ``DiskFull``, in the words of their dialect."""

    def __init__(self, size_bytes: int) -> None:
        self._size_bytes = size_bytes

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        return self._size_bytes if whence == os.SEEK_END else 0

    def tell(self) -> int:
        return 0

    def readinto(self, _: Any) -> int:
        raise no_room_for(BODY)


class Handler(ASGIHandler):
    """Django, but for what it does with bodies."""

    async def read_body(self, receive: Callable[[], Awaitable[Mapping[str, Any]]]) -> IO[bytes]:
        """On a full disk the rest is read and thrown away: an answer before its end would be lost on the way."""
        body, size_bytes, is_lost = _spooled(), 0, False
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                _discard(body)
                raise RequestAborted()
            data, is_last = message.get("body", b""), not message.get("more_body", False)
            size_bytes += len(data)
            is_lost = is_lost or not _took(body, data, is_last)
            if is_last:
                return cast(IO[bytes], LostBody(size_bytes)) if is_lost else body


class UploadHandler(TemporaryFileUploadHandler):
    """Keeps a form's file until the end of the request. On a full disk nothing is left of it."""

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        with room_for(BODY):
            super().new_file(*args, **kwargs)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        with self._kept_or_discarded():
            super().receive_data_chunk(raw_data, start)

    def file_complete(self, file_size: int) -> Any:
        with self._kept_or_discarded():
            return super().file_complete(file_size)

    @contextmanager
    def _kept_or_discarded(self) -> Iterator[None]:
        with room_for(BODY):
            try:
                yield
            except OSError:
                _discard(self.file)
                raise


def _spooled() -> IO[bytes]:
    """In memory while it is small, then in a file without a name."""
    limit, folder = settings.FILE_UPLOAD_MAX_MEMORY_SIZE, settings.FILE_UPLOAD_TEMP_DIR
    return cast(IO[bytes], tempfile.SpooledTemporaryFile(limit, dir=folder))


def _took(body: IO[bytes], data: bytes, is_last: bool) -> bool:
    """False if there was no room, and then nothing is left of it."""
    try:
        body.write(data)
        if is_last:
            # Only now the rest leaves the buffer.
            body.seek(0)
    except OSError as error:
        _discard(body)
        if is_disk_full(error):
            return False
        raise
    return True


def _discard(file: Any) -> None:
    """Closing writes what is still in the buffer: that it has no room either changes nothing."""
    with suppress(OSError):
        file.close()
