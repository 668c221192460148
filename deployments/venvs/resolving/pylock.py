"""Lock files of the standard format (PEP 751): which artefact of each package an interpreter gets."""

import tomllib
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, cast

from packaging.markers import Environment, Marker
from packaging.pylock import (
    Package,
    PackageArchive,
    PackageDirectory,
    PackageSdist,
    PackageVcs,
    PackageWheel,
    Pylock,
    PylockSelectError,
    PylockValidationError,
)

from deployments.failures import Failure, FailureKind
from deployments.venvs.interpreters import Interpreter
from deployments.venvs.lock import ArtefactKind, LockedPackage
from packagerepos.indexes import Indexes, split_login

Artefact = PackageVcs | PackageDirectory | PackageArchive | PackageWheel | PackageSdist


def select(
    text: str,
    interpreter: Interpreter,
    *,
    root: Path,
    indexes: Indexes,
    origins: Mapping[str, str],
    hashes: Mapping[str, Collection[str]],
    prefer_sdist: Collection[str],
    without: Collection[str] = (),
) -> tuple[LockedPackage, ...]:
    """What ``interpreter`` installs from the lock file ``text``; folders in it are inside ``root``.

    Entries named in ``without`` are passed over.

    ``origins`` names the index of packages whose entry does not, ``hashes`` what the app allows for a package
    (as ``sha256:…``), ``prefer_sdist`` the packages never taken as wheels (``:all:`` for every one).
    Raises ``Failure``.
    """
    data = tomllib.loads(text)
    data["packages"] = [package for package in data.get("packages", []) if package["name"] not in without]
    for package in data["packages"]:
        if package["name"] in hashes:
            _keep_allowed(package, hashes[package["name"]])
    try:
        chosen = Pylock.from_dict(data).select(
            environment=cast(Environment, dict(interpreter.markers)),
            tags=interpreter.tags,
            prefer_sdist_predicate=lambda name: ":all:" in prefer_sdist or name in prefer_sdist,
        )
        return tuple(_locked(package, artefact, root, indexes, origins) for package, artefact in chosen)
    except (PylockSelectError, PylockValidationError) as error:
        raise Failure(
            FailureKind.CONFLICT,
            f"The locked packages cannot be installed on Python {interpreter.version}: {error}.",
            "Choose another Python version, or lock again for this one.",
        ) from None


def versions(text: str, interpreter: Interpreter) -> dict[str, str]:
    """The packages of a lock file that apply to ``interpreter``, each with its version, which may be empty."""
    markers = dict(interpreter.markers)
    return {
        package["name"]: package.get("version", "")
        for package in tomllib.loads(text).get("packages", [])
        if "marker" not in package or Marker(package["marker"]).evaluate(markers)
    }


def names(text: str, interpreter: Interpreter) -> set[str]:
    """The packages of a lock file that apply to ``interpreter``."""
    return set(versions(text, interpreter))


def _keep_allowed(package: dict[str, Any], allowed: Collection[str]) -> None:
    def is_allowed(artefact: Mapping[str, Any]) -> bool:
        return any(f"{kind}:{value}" in allowed for kind, value in artefact.get("hashes", {}).items())

    seen = [*package.get("wheels", []), *([package["sdist"]] if "sdist" in package else [])]
    seen += [package["archive"]] if "archive" in package else []
    if seen and not any(is_allowed(artefact) for artefact in seen):
        found = ", ".join(f"{kind}:{value}" for kind, value in seen[0].get("hashes", {}).items())
        raise Failure(
            FailureKind.HASH_MISMATCH,
            f"{package['name']} {package.get('version', '')} does not have a hash that the requirements allow "
            f"(the index has {found}).",
            "Write the hashes anew, and ask where the package was changed if you did not expect that.",
        )
    package["wheels"] = [wheel for wheel in package.get("wheels", []) if is_allowed(wheel)]
    if not package["wheels"]:
        del package["wheels"]
    if "sdist" in package and not is_allowed(package["sdist"]):
        del package["sdist"]


def _locked(
    package: Package, artefact: Artefact, root: Path, indexes: Indexes, origins: Mapping[str, str]
) -> LockedPackage:
    version = str(package.version) if package.version else None
    index = package.index or origins.get(package.name)
    index = split_login(index)[0] if index else None
    if isinstance(artefact, PackageVcs):
        return LockedPackage(
            package.name, version, ArtefactKind.VCS, _address(artefact.url, root, package.name),
            commit=artefact.commit_id, subdirectory=artefact.subdirectory,
        )  # fmt: skip
    if isinstance(artefact, PackageDirectory):
        place = _inside(root, artefact.path, package.name)
        return LockedPackage(package.name, version, ArtefactKind.DIRECTORY, place, subdirectory=artefact.subdirectory)
    hashes = tuple(f"{kind}:{value}" for kind, value in sorted(artefact.hashes.items()) if kind == "sha256")
    url = artefact.url or (f"./{_inside(root, artefact.path, package.name)}" if artefact.path else "")
    address = _address(url, root, package.name)
    is_wheel = address.partition("#")[0].endswith(".whl")
    named_directly = isinstance(artefact, PackageArchive)
    return LockedPackage(
        package.name,
        version,
        ArtefactKind.WHEEL if is_wheel else ArtefactKind.SDIST,
        address,
        hashes=hashes,
        index=None if named_directly else index,
        subdirectory=artefact.subdirectory if isinstance(artefact, PackageArchive) else None,
        is_public=not named_directly and indexes.is_public(index, address),
        size_bytes=artefact.size,
    )


def _address(url: str | None, root: Path, name: str) -> str:
    if url and url.startswith("file:"):
        return f"./{_inside(root, url.removeprefix('file://'), name)}"
    return split_login(url or "")[0]


def _inside(root: Path, path: str, name: str) -> str:
    place = (root / path).resolve()
    if not place.is_relative_to(root.resolve()):
        raise Failure(
            FailureKind.BAD_REQUIREMENTS,
            f"{name} is asked for from a folder outside the source.",
            "Only folders of the upload can be installed.",
        )
    return str(place.relative_to(root.resolve()))
