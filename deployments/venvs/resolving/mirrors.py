"""Addresses that a lock file carries from the machine it was made on, brought to the indexes that hold here.

A ``uv.lock`` names for each file the mirror that its author's machine used, and ``pypi.org`` where it used none: no
choice of the app. Such a package is looked for on the indexes of this build, by their standing, and taken from there
if the hash is the same: the bytes stay those that were locked.
"""

import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from urllib.parse import urlsplit

from packaging.utils import (
    InvalidSdistFilename,
    InvalidWheelFilename,
    parse_sdist_filename,
    parse_wheel_filename,
)

from deployments.failures import Failure, FailureKind
from deployments.venvs.lock import ArtefactKind, LockedPackage
from deployments.venvs.resolving.request import LockRequest
from packagerepos import project_indexes
from packagerepos.indexes import Indexes, IndexStrategy
from packagerepos.requirements import RequirementLine, Requirements

Hashes = Mapping[str, tuple[str, ...]]
#: Finds exact versions ("six==1.17.0") on the indexes of the build, of which only files with these hashes count.
Find = Callable[[Sequence[str], Hashes], Sequence[LockedPackage]]


def moved(
    packages: Sequence[LockedPackage], locked: str, request: LockRequest, find: Find, say: Callable[[str], None]
) -> tuple[LockedPackage, ...]:
    """The packages of the lock file ``locked``, each from an index of this build. Raises ``Failure``."""
    indexes = request.effective_indexes
    foreign = [package for package in packages if _was_not_chosen(package, request)]
    if not foreign:
        return tuple(packages)
    pins = [f"{package.name}=={package.version}" for package in foreign]
    try:
        found = {package.name: package for package in find(pins, _hashes(locked))}
    except Failure as failure:
        if not all(map(indexes.is_public_index, indexes.addresses)):
            raise _not_here(foreign, failure) from None
        say("The lock file names a mirror whose files the public index does not have: they are taken from the mirror.")
        return tuple(packages)
    for place in sorted({str(package.index) for package in foreign} - {*indexes.addresses}):
        say(f"uv.lock names {place}: the same files, by their hashes, are taken from the indexes of this build.")
    return tuple(_from(package, found.get(package.name)) for package in packages)


def brought_home(read: Requirements, indexes: Indexes, find: Find, say: Callable[[str], None]) -> Requirements:
    """Locked requirements whose lines name files of a mirror, with names and versions where an index has that file.

    ``six @ https://mirror.example/six-1.17.0-py3-none-any.whl --hash=sha256:…`` becomes ``six==1.17.0`` with the hash.
    What no index here has, stays as it is written: an address in a requirement is the app's own choice.
    """
    if all(map(indexes.is_public_index, indexes.addresses)):
        return read
    pins = {line.place: pin for line in read.requirements if (pin := _pin(line)) is not None}
    homes = {place for place, (pin, hashes) in pins.items() if _has(find, pin, hashes)}
    if homes:
        say(
            f"{len(homes)} requirements name files of a mirror: the indexes of this build have the same, by their hash."
        )
    lines = tuple(
        replace(line, text=pins[line.place][0], hashes=pins[line.place][1]) if line.place in homes else line
        for line in read.lines
    )
    return replace(read, lines=lines)


def _was_not_chosen(package: LockedPackage, request: LockRequest) -> bool:
    if package.index is None or package.index.rstrip("/") in project_indexes.explicit(request.project):
        return False
    indexes = request.effective_indexes
    is_one_of_ours = package.index.rstrip("/") in {address.rstrip("/") for address in indexes.addresses}
    # Under first match, an index of higher standing may know the name: then the file must be there.
    return not is_one_of_ours or (len(indexes.addresses) > 1 and indexes.strategy is IndexStrategy.FIRST_MATCH)


def _from(package: LockedPackage, found: LockedPackage | None) -> LockedPackage:
    return package if found is None else replace(found, origin=package.origin)


def _hashes(locked: str) -> Hashes:
    """Every hash that the lock file has for a package, in whichever of its versions."""
    allowed: dict[str, list[str]] = {}
    for package in tomllib.loads(locked).get("packages", []):
        files = [*package.get("wheels", []), *([package["sdist"]] if "sdist" in package else [])]
        allowed.setdefault(package["name"], []).extend(
            f"{kind}:{value}" for file in files for kind, value in file.get("hashes", {}).items()
        )
    return {name: tuple(values) for name, values in allowed.items()}


def _pin(line: RequirementLine) -> tuple[str, tuple[str, ...]] | None:
    """Name, version and hash of a line that names one file of the web, if it says all three."""
    place = urlsplit(line.text.partition("@")[2].partition(" ;")[0].strip())
    if place.scheme not in {"http", "https"} or line.name is None or line.path is not None:
        return None
    fragment = place.fragment.replace("sha256=", "sha256:") if place.fragment.startswith("sha256=") else ""
    hashes = line.hashes or ((fragment,) if fragment else ())
    version = _version(place.path.rsplit("/", 1)[-1])
    return (f"{line.name}=={version}", hashes) if hashes and version else None


def _version(filename: str) -> str | None:
    try:
        return str(parse_wheel_filename(filename)[1])
    except InvalidWheelFilename:
        pass
    try:
        return str(parse_sdist_filename(filename)[1])
    except InvalidSdistFilename:
        return None


def _has(find: Find, pin: str, hashes: tuple[str, ...]) -> bool:
    try:
        return any(
            package.kind in {ArtefactKind.WHEEL, ArtefactKind.SDIST} for package in find([pin], {_name(pin): hashes})
        )
    except Failure as failure:
        if failure.kind in {FailureKind.PACKAGE_NOT_FOUND, FailureKind.HASH_MISMATCH, FailureKind.CONFLICT}:
            return False
        raise


def _name(pin: str) -> str:
    return pin.partition("==")[0]


def _not_here(foreign: Sequence[LockedPackage], failure: Failure) -> Failure:
    if failure.kind is FailureKind.INDEX_UNREACHABLE:
        return failure
    places = ", ".join(sorted({str(package.index) for package in foreign}))
    return Failure(
        failure.kind,
        f"uv.lock was made with {places}, and the indexes of this workspace do not have all of its files. "
        f"{failure.message}",
        "Upload the missing file to your index, lock again with it, or name the other index in [tool.uv] of "
        "pyproject.toml.",
    )
