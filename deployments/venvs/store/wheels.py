"""The store of wheel files that environments are installed from; only the platform writes it.

``<root>/<scope>/files/<sha256>/<wheel>`` holds files, ``<root>/<scope>/built/<key>`` names the file that was built
from a source. Downloads and builds happen in the sandbox; a file is taken over by copying it while its hash is checked.
"""

import hashlib
import json
import os
import shutil
import sys
import zipfile
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from packaging.utils import InvalidWheelFilename, canonicalize_name, parse_wheel_filename

from deployments import durability
from deployments.failures import Failure, FailureKind
from deployments.venvs import explain
from deployments.venvs.lock import ArtefactKind, LockedPackage
from deployments.venvs.store.idling import seconds_idle
from deployments.venvs.workbench import ShouldStop, Workbench, platform_paths
from packagerepos.indexes import Indexes

FETCH = Path(__file__).with_name("fetch_files.py")
PUBLIC = "public"
#: What the platform built from public sources for the site's base images.
SITE = "site"
MAX_FILE_BYTES = 4 * 1024**3
#: What a wheel may unpack to; the largest honest ones (GPU libraries) stay below.
MAX_UNPACKED_BYTES = 16 * 1024**3
BLOCK_BYTES = 1 << 20
#: Beside each wheel: its top-level import names and unpacked size.
ABOUT = "about.json"


@dataclass(frozen=True)
class StoredWheel:
    """One wheel in the store."""

    name: str
    version: str
    path: Path
    sha256: str
    unpacked_bytes: int

    @property
    def scope(self) -> str:
        """Whose it is in the store: everybody's, or a workspace's name there."""
        return self.path.parents[2].name


@dataclass(frozen=True)
class WheelStore:
    root: Path

    def find(self, scope: str, sha256: str) -> StoredWheel | None:
        folder = self.root / scope / "files" / sha256
        path = next(iter(sorted(folder.glob("*.whl"))), None) if sha256 else None
        if path is None:
            return None
        # For the reaper: that somebody wanted it now.
        os.utime(folder)
        return _stored(path, sha256)

    def find_built(self, scope: str, key: str) -> StoredWheel | None:
        built = self.built(scope, key)
        return self.find(*built) if built is not None else None

    def built(self, scope: str, key: str) -> tuple[str, str] | None:
        """Scope and SHA-256 of what was built, without wanting it."""
        try:
            return scope, (self.root / scope / "built" / key).read_text()
        except FileNotFoundError:
            return None

    def remember_built(self, scope: str, key: str, wheel: StoredWheel) -> None:
        folder = self.root / scope / "built"
        folder.mkdir(parents=True, exist_ok=True)
        durability.write_text(folder / key, wheel.sha256)

    def adopt(self, file: Path, scope: str, *, name: str, sha256: str | None = None) -> StoredWheel:
        """Copy ``file`` into the store if it is the wheel it should be. Raises ``Failure``."""
        _check_filename(file.name, name)
        incoming = self.root / scope / "incoming"
        incoming.mkdir(parents=True, exist_ok=True)
        copy = incoming / f"{os.getpid()}-{file.name}"
        try:
            found = _copy(file, copy)
            if sha256 and found != sha256:
                raise explain.hash_mismatch(name, sha256, found)
            _check_content(copy, name)
            folder = self.root / scope / "files" / found
            _put(copy, folder, file.name)
        finally:
            copy.unlink(missing_ok=True)
        return _stored(folder / file.name, found)

    def remove_except(
        self, named: Collection[tuple[str, str]], builds: Collection[tuple[str, str]], *, idle_s: float
    ) -> int:
        """Remove the wheels that nobody named (scope and SHA-256) or built (scope and key), nor used for that long.

        Returns how many.
        """
        pointers = list(self.root.glob("*/built/*"))
        kept = {(path.parent.parent.name, path.read_text()) for path in pointers if _of_scope(path) in builds}
        old = [
            folder
            for folder in self.root.glob("*/files/*")
            if _of_scope(folder) not in named and _of_scope(folder) not in kept and seconds_idle(folder) > idle_s
        ]
        for folder in old:
            shutil.rmtree(folder, ignore_errors=True)
        for pointer in pointers:
            if self.find_built(pointer.parent.parent.name, pointer.name) is None:
                pointer.unlink(missing_ok=True)
        return len(old)

    def import_names(self, scope: str = PUBLIC) -> Mapping[str, set[str]]:
        """Top-level import names to the distributions that bring them: public wheels and those of ``scope``."""
        scopes = dict.fromkeys((PUBLIC, scope))
        return _import_names_of(folder for each in scopes for folder in (self.root / each / "files").glob("*"))

    def import_names_of(self, wheels: Iterable[tuple[str, str]]) -> Mapping[str, set[str]]:
        """The same of certain wheels, by scope and SHA-256, as far as they are here."""
        return _import_names_of(self.root / scope / "files" / sha256 for scope, sha256 in wheels)


def _import_names_of(folders: Iterable[Path]) -> Mapping[str, set[str]]:
    found: dict[str, set[str]] = {}
    for folder in folders:
        wheel, about = next(folder.glob("*.whl"), None), folder / ABOUT
        if wheel is not None and about.is_file():
            for name in json.loads(about.read_text())["imports"]:
                found.setdefault(name, set()).add(canonicalize_name(wheel.name.partition("-")[0]))
    return found


def fetch(
    packages: Sequence[LockedPackage],
    folder: Path,
    workbench: Workbench,
    indexes: Indexes,
    should_stop: ShouldStop | None,
) -> dict[str, Path]:
    """Download the artefact of each package, by name, into ``folder`` of the workbench. Raises ``Failure``."""
    if not packages:
        return {}
    paths = {package.name: folder / str(number) / package.filename for number, package in enumerate(packages)}
    for path in paths.values():
        workbench.give(path.parent)
    job = {
        "files": [
            {"url": package.url, "path": str(paths[package.name]), "login": _login(package, indexes)}
            for package in packages
        ],
        "insecure_hosts": indexes.trusted_hosts,
        "max_bytes": MAX_FILE_BYTES,
        "timeout_s": indexes.transport.timeout_s,
        "retries": indexes.transport.retries,
    }
    listed = workbench.private_file("fetch.json", json.dumps(job))
    finished = workbench.run(
        [sys.executable, "-I", str(FETCH), str(listed)],
        readonly=(*platform_paths(), FETCH),
        env=workbench.reach(indexes),
        with_cache=False,
        should_stop=should_stop,
    )
    if finished.was_killed:
        raise explain.killed("Downloading the packages")
    answers = dict(_answers(finished.tail))
    for package in packages:
        error = answers.get(package.url, finished.tail[-1] if finished.tail else "no answer")
        if error is not None:
            raise explain.fetch_failure(f"{package.name} {package.version or ''}".strip(), package.url, error)
    return paths


def _login(package: LockedPackage, indexes: Indexes) -> tuple[str, str] | None:
    """That of the package's own index, if its file lies on the index's host, or of the file's host."""
    index = package.index or ""
    same_place = urlsplit(index).netloc == urlsplit(package.url).netloc
    login = indexes.login_for(index if same_place else package.url)
    return (login.username, login.password) if login else None


def _of_scope(path: Path) -> tuple[str, str]:
    """``<scope>/files/<name>`` or ``<scope>/built/<name>`` as scope and name."""
    return path.parent.parent.name, path.name


def _answers(lines: Sequence[str]) -> Iterator[tuple[str, str | None]]:
    for line in lines:
        try:
            answer = json.loads(line)
            yield answer["url"], answer["error"]
        except (ValueError, KeyError, TypeError):
            continue


def _stored(path: Path, sha256: str) -> StoredWheel:
    name, version, _, _ = parse_wheel_filename(path.name)
    about = json.loads((path.parent / ABOUT).read_text())
    return StoredWheel(name, str(version), path, sha256, about["unpacked_bytes"])


def _put(copy: Path, folder: Path, name: str) -> None:
    """Move it in, description first; a full disk leaves nothing."""
    folder.mkdir(parents=True, exist_ok=True)
    try:
        _describe(copy, folder)
    except OSError:
        with suppress(OSError):
            folder.rmdir()  # Not empty where the same wheel is there already.
        raise
    copy.replace(folder / name)


def _describe(wheel: Path, folder: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        unpacked = sum(member.file_size for member in archive.infolist())
    about = {"imports": sorted(_import_names(wheel)), "unpacked_bytes": unpacked}
    durability.write_text(folder / ABOUT, json.dumps(about))


def _check_filename(filename: str, name: str) -> None:
    try:
        found, _, _, _ = parse_wheel_filename(filename)
    except InvalidWheelFilename:
        raise Failure(FailureKind.PACKAGE_BUILD_FAILED, f"{name} gave a file that is not named like a wheel.") from None
    if found != canonicalize_name(name):
        raise Failure(
            FailureKind.PACKAGE_BUILD_FAILED,
            f"{name} was asked for, but what was found calls itself {found}.",
            "Correct the name in the requirements.",
        )


def _check_content(path: Path, name: str) -> None:
    try:
        with zipfile.ZipFile(path) as wheel:
            size = sum(member.file_size for member in wheel.infolist())
    except (zipfile.BadZipFile, OSError):
        raise Failure(FailureKind.PACKAGE_BUILD_FAILED, f"The wheel of {name} is damaged.") from None
    if size > MAX_UNPACKED_BYTES:
        raise Failure(
            FailureKind.PACKAGE_BUILD_FAILED, f"The wheel of {name} unpacks to {size} bytes, too large to install."
        )


def _copy(file: Path, copy: Path) -> str:
    """Copy and hash in one go: what was checked is what is kept, whoever else still has ``file`` open."""
    total = hashlib.sha256()
    # The folder belonged to strangers' code: what lies there may be a link or a pipe.
    descriptor = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with os.fdopen(descriptor, "rb") as source, copy.open("wb") as target:
        while block := source.read(BLOCK_BYTES):
            total.update(block)
            target.write(block)
        target.flush()
        os.fsync(target.fileno())
    copy.chmod(0o644)
    return total.hexdigest()


def _import_names(path: Path) -> set[str]:
    """What ``import`` finds at the top of a wheel: packages, modules and extension modules."""
    names = set()
    with zipfile.ZipFile(path) as wheel:
        for member in wheel.namelist():
            parts = member.split("/")
            if parts[0].endswith(".data") and len(parts) > 2 and parts[1] in {"purelib", "platlib"}:
                parts = parts[2:]
            top = parts[0]
            if top.endswith((".dist-info", ".data")):
                continue
            if len(parts) > 1 or top.endswith((".py", ".so", ".pyd")):
                names.add(top.partition(".")[0])
    return {name for name in names if name.isidentifier()}


def scope_of(package: LockedPackage, workspace: str) -> str:
    """Where a package's wheel is kept: shared by all only if it is a file of the public index."""
    return PUBLIC if package.is_public and package.kind is ArtefactKind.WHEEL else workspace
