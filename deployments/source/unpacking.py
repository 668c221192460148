"""From an uploaded archive to a source folder that is safe to read, whole or not there at all."""

import errno
import fcntl
import hashlib
import lzma
import os
import shutil
import struct
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from deployments import durability
from deployments.failures import Failure, FailureKind
from deployments.source import junk
from deployments.source.archives import Member
from deployments.source.limits import Budget, UnpackLimits
from deployments.source.refusals import damaged, quoted, refused
from deployments.source.tars import tar_members
from deployments.source.tree import ROOT, Tree
from deployments.source.zips import SIGNATURES, zip_members
from workspaces.disk_room import is_disk_full

__all__ = ["UnpackLimits", "Unpacked", "digest", "remove_leftovers", "unpack"]

UNFINISHED = ".unpacking-"
#: What the parsers of the standard library raise for hostile bytes, besides ``OSError`` without a number.
PARSER_ERRORS = (
    tarfile.TarError, zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, lzma.LZMAError, struct.error,
    EOFError, ValueError, OverflowError, IndexError, KeyError, NotImplementedError, RecursionError,
)  # fmt: skip
#: Formats that people mistake for a supported one, by their first bytes.
OTHER_FORMATS = {
    b"7z\xbc\xaf\x27\x1c": "a 7-Zip archive",
    b"Rar!": "a RAR archive",
    b"\x28\xb5\x2f\xfd": "compressed with Zstandard",
}


@dataclass(frozen=True)
class Unpacked:
    """What was unpacked; ``notices`` are sentences about what was left out or taken off."""

    files: int
    bytes: int
    notices: tuple[str, ...] = ()


def unpack(archive: Path, into: Path, limits: UnpackLimits) -> Unpacked:
    """Unpack a tar (plain, gzip, bzip2, xz) or zip, known by its content, to the new folder ``into``.

    ``into`` appears by one rename, so wherever it exists it is whole; its parent must exist. Files are
    0644 or 0755, folders 0755, whatever the archive says. One folder that wraps everything is taken off.

    Raises ``Failure`` (BAD_ARCHIVE, ARCHIVE_TOO_LARGE, DISK_FULL), and ``FileExistsError`` when ``into`` exists.
    """
    if into.exists():
        raise FileExistsError(into)
    remove_leftovers(into.parent)
    budget = Budget(limits)
    with _unfinished(into.parent) as folder, archive.open("rb") as raw:
        tree = Tree(folder, budget)
        with _errors_as_failures(tree):
            for member in _members(raw, budget):
                tree.add(member)
            tree.link()
        if budget.files == 0:
            raise refused("The archive holds no file.", "Upload the folder that holds the app's source.")
        (folder / tree.wrapper()).chmod(0o755)
        durability.settle(folder)
        _appear(folder / tree.wrapper(), into)
    return Unpacked(budget.files, budget.bytes, (*_wrapper_notice(tree), *junk.notices(tree.left_out), *tree.notices))


def _appear(whole: Path, into: Path) -> None:
    """Somebody else may have unpacked the same meanwhile: the kernel then calls the folder not empty."""
    try:
        whole.rename(into)
    except OSError as error:
        if error.errno in {errno.EEXIST, errno.ENOTEMPTY}:
            raise FileExistsError(into) from None
        raise


def digest(archive: Path) -> str:
    """The content address of an archive, e.g. "sha256:9f86d081…"."""
    with archive.open("rb") as file:
        return f"sha256:{hashlib.file_digest(file, 'sha256').hexdigest()}"


def remove_leftovers(parent: Path) -> None:
    """Remove what killed calls of ``unpack`` left in ``parent``, unless one is at work there now."""
    try:
        with _locked(parent, fcntl.LOCK_EX | fcntl.LOCK_NB):
            for folder in parent.glob(f"{UNFINISHED}*"):
                shutil.rmtree(folder, ignore_errors=True)
    except BlockingIOError:
        return


def _members(raw: BinaryIO, budget: Budget) -> Iterator[Member]:
    magic = raw.read(8)
    raw.seek(0)
    if not magic:
        raise refused("The upload is empty.", "Upload the source folder as .tar.gz, .tar or .zip.")
    for signature, name in OTHER_FORMATS.items():
        if magic.startswith(signature):
            raise refused(f"The upload is {name}.", "Upload the source folder as .tar.gz, .tar or .zip.")
    return zip_members(raw, budget) if magic.startswith(SIGNATURES) else tar_members(raw, budget)


def _wrapper_notice(tree: Tree) -> tuple[str, ...]:
    wrapper = tree.wrapper()
    return () if wrapper == ROOT else (f"Everything lies in {quoted(str(wrapper))}, so that folder is the source.",)


@contextmanager
def _errors_as_failures(tree: Tree) -> Iterator[None]:
    try:
        yield
    except PARSER_ERRORS:
        raise damaged(tree.newest) from None
    except OSError as error:
        # gzip and bzip2 raise it without a number for bytes they do not understand.
        if error.errno is None:
            raise damaged(tree.newest) from None
        if is_disk_full(error):
            raise Failure(
                FailureKind.DISK_FULL,
                "The disk is full, so the archive could not be unpacked.",
                "Ask an administrator of the platform to free space, then deploy again.",
            ) from None
        raise


@contextmanager
def _unfinished(parent: Path) -> Iterator[Path]:
    """A folder that is removed in the end, also when only the next call is left to do it."""
    with _locked(parent, fcntl.LOCK_SH):
        folder = Path(tempfile.mkdtemp(prefix=UNFINISHED, dir=parent))
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _locked(folder: Path, operation: int) -> Iterator[None]:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, operation)
        yield
    finally:
        os.close(descriptor)
