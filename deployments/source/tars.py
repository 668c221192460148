"""The members of a tar archive, compressed or not."""

import tarfile
from collections.abc import Iterator
from functools import partial
from typing import BinaryIO

from deployments.source.archives import Member, MemberKind
from deployments.source.limits import Budget
from deployments.source.refusals import damaged, refused
from deployments.source.streams import CHUNK_BYTES, ForwardReader

KINDS = {
    tarfile.REGTYPE: MemberKind.FILE,
    tarfile.AREGTYPE: MemberKind.FILE,
    tarfile.CONTTYPE: MemberKind.FILE,
    tarfile.DIRTYPE: MemberKind.FOLDER,
    tarfile.SYMTYPE: MemberKind.SYMLINK,
    tarfile.LNKTYPE: MemberKind.HARDLINK,
    tarfile.CHRTYPE: MemberKind.DEVICE,
    tarfile.BLKTYPE: MemberKind.DEVICE,
    tarfile.FIFOTYPE: MemberKind.FIFO,
    tarfile.GNUTYPE_SPARSE: MemberKind.SPARSE,
}
END_BLOCK = bytes(tarfile.BLOCKSIZE)


def tar_members(raw: BinaryIO, budget: Budget) -> Iterator[Member]:
    """Each member in turn. Raises ``Failure`` and, for hostile bytes, whatever tarfile and the decompressors raise."""
    reader = ForwardReader(raw, budget)
    name: str | None = None
    for info in _infos(reader):
        name = info.name
        if info.size < 0:
            raise damaged(name)
        yield _member(info, reader)
    # tarfile takes a cut-off or broken header for the end; the real end is a block of zeros.
    if reader.last != END_BLOCK:
        raise damaged(name)
    reader.drain()


def _infos(reader: ForwardReader) -> Iterator[tarfile.TarInfo]:
    try:
        tar = tarfile.TarFile(fileobj=reader, mode="r", encoding="utf-8", errors="surrogateescape")  # type: ignore[arg-type]
    except tarfile.ReadError:
        raise refused("The upload is not an archive.", "Upload the source folder as .tar.gz, .tar or .zip.") from None
    with tar:
        while (info := tar.next()) is not None:
            # tarfile remembers every member it has seen; an archive may hold hundreds of thousands.
            tar.members.clear()  # type: ignore[attr-defined]
            yield info


def _member(info: tarfile.TarInfo, reader: ForwardReader) -> Member:
    return Member(
        name=info.name,
        kind=MemberKind.SPARSE if info.issparse() else KINDS.get(info.type, MemberKind.UNKNOWN),
        is_executable=bool(info.mode & 0o111),
        modified_at=info.mtime,
        target=info.linkname,
        chunks=partial(_chunks, info, reader),
    )


def _chunks(info: tarfile.TarInfo, reader: ForwardReader) -> Iterator[bytes]:
    reader.seek(info.offset_data)
    left = info.size
    while left:
        chunk = reader.read(min(CHUNK_BYTES, left))
        if not chunk:
            raise damaged(info.name)
        left -= len(chunk)
        yield chunk
