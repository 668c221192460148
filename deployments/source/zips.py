"""The members of a zip archive."""

import stat
import zipfile
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import BinaryIO

from deployments.source.archives import Member, MemberKind
from deployments.source.limits import MIB, Budget, UnpackLimits, too_many_files
from deployments.source.refusals import damaged, quoted, refused
from deployments.source.streams import CHUNK_BYTES

SIGNATURES = (b"PK\x03\x04", b"PK\x05\x06")
#: zipfile unpacks bzip2 and LZMA members without a bound on memory.
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
ENCRYPTED = 0x1
UTF8_NAME = 0x800
LOCAL_HEADER_BYTES = 30
#: What an entry of the directory needs on average; a longer directory is a bomb of entries.
DIRECTORY_ENTRY_BYTES = 256
KINDS = {
    stat.S_IFREG: MemberKind.FILE,
    stat.S_IFDIR: MemberKind.FOLDER,
    stat.S_IFLNK: MemberKind.SYMLINK,
    stat.S_IFCHR: MemberKind.DEVICE,
    stat.S_IFBLK: MemberKind.DEVICE,
    stat.S_IFIFO: MemberKind.FIFO,
    stat.S_IFSOCK: MemberKind.SOCKET,
}


def zip_members(raw: BinaryIO, budget: Budget) -> Iterator[Member]:
    """Each member in turn. Raises ``Failure`` and, for hostile bytes, whatever zipfile raises."""
    with zipfile.ZipFile(_CappedReads(raw, budget.limits)) as archive:
        infos = sorted(archive.infolist(), key=lambda info: info.header_offset)
        _check_overlaps(infos, archive.start_dir)
        for info in infos:
            yield _member(archive, info, budget)


class _CappedReads:
    """A file whose reads are bounded: zipfile reads the whole directory at once, as long as its header says."""

    def __init__(self, raw: BinaryIO, limits: UnpackLimits) -> None:
        self._raw = raw
        self._limits = limits
        self.seek, self.tell, self.seekable = raw.seek, raw.tell, raw.seekable

    def read(self, size: int = -1, /) -> bytes:
        if size > MIB + DIRECTORY_ENTRY_BYTES * self._limits.files:
            raise too_many_files(self._limits)
        return self._raw.read(size)


def _check_overlaps(infos: Sequence[zipfile.ZipInfo], directory_offset: int) -> None:
    """Entries that share their packed bytes unpack one kilobyte thousands of times."""
    ends = [*(info.header_offset for info in infos[1:]), directory_offset]
    for info, end in zip(infos, ends, strict=False):
        if info.header_offset + LOCAL_HEADER_BYTES + info.compress_size > end:
            raise refused(f"The zip entry {quoted(info.filename)} overlaps another one.")


def _member(archive: zipfile.ZipFile, info: zipfile.ZipInfo, budget: Budget) -> Member:
    name = _name(info)
    if info.flag_bits & ENCRYPTED:
        raise refused(f"The zip entry {quoted(name)} is encrypted.", "Make the archive again without a password.")
    if info.compress_type not in METHODS:
        raise refused(f"The zip entry {quoted(name)} is compressed in a way other than deflate.")
    kind = _kind(info, name)
    chunks = partial(_chunks, archive, info, budget)
    target = _target(chunks(), budget.limits) if kind is MemberKind.SYMLINK else ""
    return Member(name, kind, bool(_mode(info) & 0o111), _modified_at(info), target, chunks)


def _name(info: zipfile.ZipInfo) -> str:
    """The name as its maker meant it: macOS writes UTF-8 without saying so, old Windows tools write backslashes."""
    name = info.orig_filename
    if not info.flag_bits & UTF8_NAME:
        try:
            name = name.encode("cp437").decode("utf-8")
        except UnicodeError:
            pass
    return name.replace("\\", "/")


def _kind(info: zipfile.ZipInfo, name: str) -> MemberKind:
    if name.endswith("/"):
        return MemberKind.FOLDER
    return KINDS.get(stat.S_IFMT(_mode(info)) or stat.S_IFREG, MemberKind.UNKNOWN)


def _mode(info: zipfile.ZipInfo) -> int:
    return info.external_attr >> 16


def _modified_at(info: zipfile.ZipInfo) -> float:
    try:
        return datetime(*info.date_time, tzinfo=UTC).timestamp()
    except ValueError:
        return 0.0


def _target(chunks: Iterator[bytes], limits: UnpackLimits) -> str:
    target = b""
    for chunk in chunks:
        target += chunk
        if len(target) > limits.path_length:
            break
    return target.decode("utf-8", "surrogateescape")


def _chunks(archive: zipfile.ZipFile, info: zipfile.ZipInfo, budget: Budget) -> Iterator[bytes]:
    unpacked = 0
    with archive.open(info) as member:
        while chunk := member.read(CHUNK_BYTES):
            unpacked += len(chunk)
            budget.check_ratio(info.compress_size, unpacked)
            yield chunk
    if unpacked != info.file_size:
        raise damaged(info.filename)
