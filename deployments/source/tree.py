"""A source folder being written, member by member."""

import os
import time
from collections.abc import Iterator
from enum import Enum, auto
from pathlib import Path, PurePosixPath

from deployments.source.archives import REFUSED_KINDS, Member, MemberKind
from deployments.source.junk import junk_in
from deployments.source.limits import Budget
from deployments.source.member_names import leads_out, link_target, relative_path
from deployments.source.refusals import quoted, refused

ROOT = PurePosixPath()
#: 1980-01-01, where zip begins; earlier times come from broken clocks and break zip writers.
EARLIEST_MTIME = 315_532_800
NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


class Kept(Enum):
    FILE = auto()
    FOLDER = auto()
    LINK = auto()


class Tree:
    """Writes the members of one archive below ``folder``, which must be empty and private.

    Links are remembered and made by ``link``, when everything else stands: while files are written
    there is no link on the disk that one could be written through.
    """

    def __init__(self, folder: Path, budget: Budget) -> None:
        self.folder = folder
        self.left_out: set[str] = set()
        self.notices: list[str] = []
        #: The name of the member seen last, for the sentence about a damaged archive.
        self.newest: str | None = None
        self._budget = budget
        self._now = time.time()
        self._kept: dict[PurePosixPath, Kept] = {ROOT: Kept.FOLDER}
        self._links: dict[PurePosixPath, Member] = {}

    def add(self, member: Member) -> None:
        """Write one member, or leave it out. Raises ``Failure`` (BAD_ARCHIVE, ARCHIVE_TOO_LARGE)."""
        self._budget.count_member()
        self.newest = member.name
        path = relative_path(member.name, self._budget.limits)
        if junk := junk_in(path):
            self.left_out.add(junk)
        elif member.kind in REFUSED_KINDS:
            raise refused(
                f"{quoted(member.name)} in the archive is {member.kind.value}.", "Leave it out of the upload."
            )
        elif member.kind is MemberKind.FOLDER:
            self._add_folder(path)
        else:
            self._add_leaf(path, member)

    def wrapper(self) -> PurePosixPath:
        """The one folder that holds everything else, or the root."""
        tops = [path for path in self._kept if len(path.parts) == 1]
        return tops[0] if len(tops) == 1 and self._kept[tops[0]] is Kept.FOLDER else ROOT

    def link(self) -> None:
        """Make the links. Raises ``Failure`` (BAD_ARCHIVE) for one that leads out of the source folder."""
        base = self.wrapper()
        for path, member in self._links.items():
            target = link_target(path, member.name, member.target, self._budget.limits)
            if not target.is_relative_to(base):
                raise leads_out(member.name, member.target)
            # Made anew from the checked target: it goes up through real folders only, then down, so no
            # chain of links can lead out.
            os.symlink(os.path.relpath(target, path.parent), self.folder / path)
        for path in [path for path in self._links if not self._is_useful(path)]:
            (self.folder / path).unlink()
            self.notices.append(
                f"Left out the link {quoted(str(path))}: it leads to nothing, or to a folder it lies in."
            )

    def _is_useful(self, path: PurePosixPath) -> bool:
        link = self.folder / path
        try:
            target = link.resolve(strict=True)
        except (OSError, RuntimeError):
            return False
        return not link.parent.resolve().is_relative_to(target)

    def _add_folder(self, path: PurePosixPath) -> None:
        for folder in (*_parents(path), path):
            kept = self._kept.get(folder)
            if kept is None:
                self._budget.count_folder()
                (self.folder / folder).mkdir(mode=0o755)
                (self.folder / folder).chmod(0o755)
                self._kept[folder] = Kept.FOLDER
            elif kept is Kept.LINK:
                raise refused(f"The archive writes {quoted(str(path))} through the link {quoted(str(folder))}.")
            elif kept is Kept.FILE:
                raise refused(f"The archive holds {quoted(str(folder))} as a file and as a folder.")

    def _add_leaf(self, path: PurePosixPath, member: Member) -> None:
        self._add_folder(path.parent)
        kept = self._kept.get(path)
        if kept is Kept.FOLDER:
            raise refused(f"The archive holds {quoted(member.name)} as a file and as a folder.")
        if kept is not None:
            # Tools differ in which of the two they take, so what was reviewed need not be what runs.
            raise refused(f"The archive holds {quoted(member.name)} twice.")
        self._budget.start_file()
        if member.kind is MemberKind.SYMLINK:
            self._links[path] = member
            self._kept[path] = Kept.LINK
        elif member.kind is MemberKind.HARDLINK:
            self._add_hardlink(path, member)
        else:
            self._write(path, member, member.chunks())

    def _add_hardlink(self, path: PurePosixPath, member: Member) -> None:
        """A hard link becomes a copy: two names of one inode are of no use to a read-only source."""
        target = relative_path(member.target, self._budget.limits)
        if junk := junk_in(target):
            self.left_out.add(junk)
            return
        if self._kept.get(target) is not Kept.FILE:
            raise refused(
                f"The hard link {quoted(member.name)} leads to {quoted(member.target)}, which is no earlier file.",
                "Replace the link with the file that it points to, and make the archive again.",
            )
        self._write(path, member, _chunks_of(self.folder / target))

    def _write(self, path: PurePosixPath, member: Member, chunks: Iterator[bytes]) -> None:
        with open(os.open(self.folder / path, NEW_FILE, 0o600), "wb") as file:
            for chunk in chunks:
                self._budget.spend(member.name, len(chunk))
                file.write(chunk)
            file.flush()
            os.fchmod(file.fileno(), 0o755 if member.is_executable else 0o644)
            modified_at = min(max(EARLIEST_MTIME, member.modified_at), self._now)
            os.utime(file.fileno(), (modified_at, modified_at))
        self._kept[path] = Kept.FILE


def _parents(path: PurePosixPath) -> tuple[PurePosixPath, ...]:
    return tuple(reversed(path.parents))


def _chunks_of(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(64 * 1024):
            yield chunk
