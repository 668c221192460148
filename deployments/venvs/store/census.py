"""What an environment consists of, counted when it was made, so that damage can be told later without reading files.

A folder whose time is the one noted has lost and gained nothing; in the others, and in as many more as time allows,
each file's size is looked at. Byte-code is left out: Python makes do without it.
"""

import csv
import os
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from stat import S_ISDIR
from typing import Any

from packaging.utils import canonicalize_name

NO_CONTENT = "__pycache__"


@dataclass(frozen=True)
class Folder:
    """``path`` is relative to the environment, ``files`` are sizes in bytes by name."""

    path: str
    mtime_ns: int
    files: Mapping[str, int]


@dataclass(frozen=True)
class Census:
    """``own_bytes`` were written for this environment alone, ``shared_bytes`` are files that it only names.

    Both count what the disk gives them, byte-code too, and a file of many names once.
    """

    own_bytes: int
    shared_bytes: int
    folders: tuple[Folder, ...]


@dataclass(frozen=True)
class Damage:
    """One file that is not as it was. ``package`` is empty where no package says that it is its own."""

    package: str
    path: str
    what: str

    def __str__(self) -> str:
        whose = f"{self.package}: " if self.package else ""
        return f"{whose}{self.path.rpartition('site-packages/')[2]} {self.what}."


def take(environment: Path) -> Census:
    own, shared, seen, folders = 0, 0, set[int](), list[Folder]()
    for path, entries in _walk(str(environment)):
        files = dict[str, int]()
        for entry in entries:
            status = entry.stat(follow_symlinks=False)
            files[entry.name] = status.st_size
            if status.st_nlink == 1:
                own += status.st_blocks * 512
            elif status.st_ino not in seen:
                seen.add(status.st_ino)
                shared += status.st_blocks * 512
        status = os.lstat(path)
        own += status.st_blocks * 512
        if os.path.basename(path) != NO_CONTENT:
            folders.append(Folder(os.path.relpath(path, environment), status.st_mtime_ns, files))
    return Census(own, shared, tuple(folders))


def renewed(old: Census, new: Census) -> Census:
    """``new`` after byte-code came in, with the files that ``old`` counted: what was damaged meanwhile stays so."""
    counted = {folder.path: folder.files for folder in old.folders}
    return replace(
        new,
        folders=tuple(
            replace(folder, files=counted[folder.path], mtime_ns=_time(folder, counted[folder.path]))
            for folder in new.folders
            if folder.path in counted
        ),
    )


def _time(folder: Folder, counted: Mapping[str, int]) -> int:
    # No folder has this time, so that it is looked into.
    return folder.mtime_ns if folder.files == counted else 0


def load(data: Mapping[str, Any]) -> Census:
    """From what ``dataclasses.asdict`` made of it. Raises ``KeyError`` and ``TypeError``."""
    folders = tuple(Folder(**folder) for folder in data["folders"])
    return Census(data["own_bytes"], data["shared_bytes"], folders)


def damage(environment: Path, census: Census, ends_at: float | None = None) -> tuple[Damage, ...]:
    """What is missing or has another size; as much as can be looked at until ``ends_at``, by the monotonic clock.

    Every folder's own time is always looked at, which tells of every file that went missing.
    """
    found = [
        (path, what)
        for folder in _most_suspicious_first(environment, census.folders)
        if not folder.is_untouched or ends_at is None or time.monotonic() < ends_at
        for path, what in _damage_in(environment, folder.folder)
    ]
    owners = _owners(environment) if found else {}
    return tuple(Damage(owners.get(path) or _named_by(path), path, what) for path, what in found)


@dataclass(frozen=True)
class _Looked:
    folder: Folder
    is_untouched: bool


def _most_suspicious_first(environment: Path, folders: Iterable[Folder]) -> list[_Looked]:
    looked = [_Looked(folder, _is_untouched(f"{environment}/{folder.path}", folder)) for folder in folders]
    return sorted(looked, key=lambda each: each.is_untouched)


def _is_untouched(path: str, folder: Folder) -> bool:
    try:
        status = os.lstat(path)
    except OSError:
        return False
    return S_ISDIR(status.st_mode) and status.st_mtime_ns == folder.mtime_ns


def _damage_in(environment: Path, folder: Folder) -> Iterator[tuple[str, str]]:
    for name, size in folder.files.items():
        path = os.path.normpath(f"{folder.path}/{name}")
        try:
            if os.lstat(f"{environment}/{path}").st_size != size:
                yield path, "has another size"
        except OSError:
            yield path, "is missing"


def _owners(environment: Path) -> Mapping[str, str]:
    """Each file that a package lists as its own, to the package's name."""
    owners = dict[str, str]()
    for record in environment.glob("lib/python3.*/site-packages/*.dist-info/RECORD"):
        site = os.path.relpath(record.parent.parent, environment)
        try:
            rows = list(csv.reader(record.read_text("utf-8").splitlines()))
        except (OSError, UnicodeDecodeError, csv.Error):
            continue
        name = canonicalize_name(record.parent.name.partition("-")[0])
        owners |= {os.path.normpath(f"{site}/{row[0]}"): name for row in rows if row}
    return owners


def _named_by(path: str) -> str:
    """A package's list of files says nothing once it is damaged itself, but it lies in a folder of that name."""
    folder = os.path.basename(os.path.dirname(path))
    return canonicalize_name(folder.partition("-")[0]) if folder.endswith(".dist-info") else ""


def _walk(folder: str) -> Iterator[tuple[str, list["os.DirEntry[str]"]]]:
    with os.scandir(folder) as entries:
        listed = sorted(entries, key=lambda entry: entry.name)
    folders = [entry.path for entry in listed if entry.is_dir(follow_symlinks=False)]
    yield folder, [entry for entry in listed if not entry.is_dir(follow_symlinks=False)]
    for inner in folders:
        yield from _walk(inner)
