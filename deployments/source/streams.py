"""A compressed file read onwards only, with an account of what comes out of it."""

import bz2
import gzip
import io
import lzma
import tarfile
from typing import BinaryIO, Protocol

from deployments.source.limits import Budget

CHUNK_BYTES = 64 * 1024
#: tarfile reads a long name or a pax header in one piece, however large its own header says it is.
MAX_READ_BYTES = 1024 * 1024
#: What `xz -9` needs to be unpacked, and some; the format itself allows 4 GiB.
XZ_MEMORY_BYTES = 96 * 1024 * 1024


class Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


def decompressed(raw: BinaryIO) -> Readable:
    """``raw`` from its beginning, through gzip, bzip2 or xz if its first bytes say so."""
    magic = raw.read(6)
    raw.seek(0)
    if magic.startswith(b"\x1f\x8b"):
        return gzip.GzipFile(fileobj=raw, mode="rb")
    if magic.startswith(b"BZh"):
        return bz2.BZ2File(raw)
    if magic == b"\xfd7zXZ\x00":
        return _Xz(raw)
    return raw


class ForwardReader:
    """What tarfile reads from. It refuses to go back, so headers that point backwards cannot make a loop.

    Raises ``tarfile.ReadError`` for a read or seek that no honest archive needs.
    """

    def __init__(self, raw: BinaryIO, budget: Budget) -> None:
        self._raw = raw
        self._stream = decompressed(raw)
        self._budget = budget
        self._position = 0
        self.last = b""

    def read(self, size: int = -1, /) -> bytes:
        if not 0 <= size <= MAX_READ_BYTES:
            raise tarfile.ReadError("unlikely header")
        data = io.BytesIO()
        while (missing := size - data.tell()) and (piece := self._stream.read(missing)):
            data.write(piece)
        self.last = data.getvalue()
        self._advance(len(self.last))
        return self.last

    def tell(self) -> int:
        return self._position

    def seek(self, position: int, /) -> int:
        if position < self._position:
            raise tarfile.ReadError("backwards")
        while self._position < position:
            if not self.read(min(CHUNK_BYTES, position - self._position)):
                raise tarfile.ReadError("unexpected end of data")
        return self._position

    def close(self) -> None:
        """Nothing: the file belongs to whoever opened it."""

    def drain(self) -> None:
        """Read to the end, because only there the checksum of the compressed stream is verified."""
        while self.read(CHUNK_BYTES):
            pass

    def _advance(self, size: int) -> None:
        self._position += size
        self._budget.check_stream(self._position)
        self._budget.check_ratio(self._raw.tell(), self._position)


class _Xz:
    """xz with a ceiling on memory, which ``lzma.LZMAFile`` does not offer."""

    def __init__(self, raw: BinaryIO) -> None:
        self._raw = raw
        self._decompressor = self._new()

    def read(self, size: int, /) -> bytes:
        while True:
            if self._decompressor.eof:
                data = self._next_stream()
                if not data:
                    return b""
                self._decompressor = self._new()
            elif self._decompressor.needs_input:
                data = self._raw.read(CHUNK_BYTES)
                if not data:
                    raise EOFError
            else:
                data = b""
            if unpacked := self._decompressor.decompress(data, size):
                return unpacked

    def _next_stream(self) -> bytes:
        data = self._decompressor.unused_data.lstrip(b"\0")
        while not data and (more := self._raw.read(CHUNK_BYTES)):
            data = more.lstrip(b"\0")
        return data

    @staticmethod
    def _new() -> lzma.LZMADecompressor:
        return lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=XZ_MEMORY_BYTES)
