"""What changes from one lock to another, package by package."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from deployments.venvs.lock import Lock, LockedPackage


class Change(StrEnum):
    """How a package differs; of several reasons the first of these."""

    ADDED = "added"
    REMOVED = "removed"
    VERSION = "version"
    INDEX = "index"
    #: The same version from the same place, but another file.
    ARTEFACT = "artefact"


@dataclass(frozen=True)
class Difference:
    """One package that is not the same: ``before`` is ``None`` when it was added, ``after`` when it was removed."""

    name: str
    change: Change
    before: LockedPackage | None
    after: LockedPackage | None


def between(before: Lock, after: Lock) -> tuple[Difference, ...]:
    """By name; empty when the same is installed from the same places."""
    return tuple(_differences(before, after))


def _differences(before: Lock, after: Lock) -> Iterator[Difference]:
    old = {package.name: package for package in before.packages}
    new = {package.name: package for package in after.packages}
    for name in sorted(old.keys() | new.keys()):
        change = _change(old.get(name), new.get(name))
        if change is not None:
            yield Difference(name, change, old.get(name), new.get(name))


def _change(before: LockedPackage | None, after: LockedPackage | None) -> Change | None:
    if before is None:
        return Change.ADDED
    if after is None:
        return Change.REMOVED
    if before.version != after.version:
        return Change.VERSION
    if _place(before) != _place(after):
        return Change.INDEX
    return Change.ARTEFACT if (before.hashes, before.commit) != (after.hashes, after.commit) else None


def _place(package: LockedPackage) -> str:
    """An index, or the repository, address or folder that a requirement named."""
    return package.index or package.url
