"""The store of installed environments, each made once and shared by everyone who needs exactly it.

``<root>/environments/<key>/`` is a virtual environment in its final place; ``<root>/environments/.ready/<key>.json``
says that it is whole. The marker lies outside, because a wheel may put any file into its environment.
Wheels are installed by uv in one go into a new folder: nothing of them is ever run by the platform, and a second
call would start the environment's own python, which by then may hold a stranger's ``.pth`` file.
"""

import csv
import fcntl
import hashlib
import json
import os
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from packaging.utils import canonicalize_name

from deployments import shell
from deployments.venvs import explain, external
from deployments.venvs.bytecode import BytecodeStore, site_packages
from deployments.venvs.installing import EnvironmentMaker
from deployments.venvs.interpreters import Interpreter
from deployments.venvs.lock import Lock
from deployments.venvs.wheels import PUBLIC, WheelStore
from deployments.venvs.workbench import OnLine, ShouldStop, Workbench
from packagerepos.indexes import Indexes

#: Part of every key: raise it when the same lock would be installed differently.
FORMAT = 2
KEY_DIGITS = 16
#: How often a builder looks whether another one, making the same environment, has finished.
WAIT_S = 0.1


def scope_for(lock: Lock, workspace: str) -> str:
    """Whose environment it is: everyone's if all of it is public, else the workspace's."""
    return PUBLIC if lock.is_public else workspace


def environment_key(lock: Lock, interpreter: Interpreter, scope: str) -> str:
    """16 hex digits that stand for the installed bytes: artefacts, interpreter and whose they are."""
    artefacts = [
        [
            package.name,
            package.version,
            package.kind,
            package.url,
            package.hashes[:1],
            package.commit,
            package.subdirectory,
        ]
        for package in lock.packages
    ]
    unmanaged = [] if lock.is_managed else ["not managed"]
    text = json.dumps([FORMAT, artefacts, interpreter.identity, scope, *unmanaged])
    return hashlib.sha256(text.encode()).hexdigest()[:KEY_DIGITS]


@dataclass(frozen=True)
class Built:
    """A ready environment. ``seconds`` is by step; ``size_bytes`` counts shared files too.

    ``reused`` says that it was there already; ``uncompiled`` how many modules have no byte-code yet.
    """

    key: str
    path: Path
    packages: tuple[str, ...]
    size_bytes: int
    seconds: Mapping[str, float]
    uncompiled: int = 0
    reused: bool = False


class Store:
    """Environments, wheels and byte-code under one root, which must be one file system (hard links)."""

    def __init__(self, root: Path) -> None:
        self._environments = root / "environments"
        self._uv_cache = root / "wheels" / "unpacked"
        self.wheels = WheelStore(root / "wheels")
        self.bytecode = BytecodeStore(root / "wheels" / "bytecode")

    def path(self, key: str) -> Path:
        _check(key)
        return self._environments / key

    def is_ready(self, key: str) -> bool:
        return self._marker(key).is_file() and self.path(key).is_dir()

    def keys(self) -> frozenset[str]:
        """Every ready environment."""
        return frozenset(marker.stem for marker in (self._environments / ".ready").glob("*.json"))

    def built(self, key: str) -> Built:
        """What is known of a ready environment. Raises ``FileNotFoundError``."""
        data = json.loads(self._marker(key).read_text())
        return Built(**data | {"path": self.path(key), "packages": tuple(data["packages"]), "reused": True})

    def build(
        self,
        lock: Lock,
        interpreter: Interpreter,
        key: str,
        workbench: Workbench,
        on_line: OnLine | None = None,
        should_stop: ShouldStop | None = None,
        *,
        indexes: Indexes | None = None,
        source: Path | None = None,
    ) -> Built:
        """Make the environment ``key``, or find that someone has made it meanwhile.

        ``indexes`` and ``source`` are for what has to be built: build requirements, folders of the upload.
        Raises ``Failure`` and ``shell.Stopped``; then nothing of it is left.
        """
        with self._alone(key, should_stop):
            if self.is_ready(key):
                return self.built(key)
            try:
                # Left by a builder that was killed.
                self._discard(key)
                maker = EnvironmentMaker(
                    self.wheels, self.bytecode, self._uv_cache, interpreter, workbench, indexes or Indexes(), source,
                    on_line, should_stop,
                )  # fmt: skip
                made = maker.make(lock, self.path(key))
            except OSError as error:
                self._discard(key)
                raise _disk_failure(error) from error
            except BaseException:
                self._discard(key)
                raise
            built = Built(key, self.path(key), made.packages, made.size_bytes, made.seconds, made.uncompiled)
            self._mark(built)
            return built

    def compile(
        self, key: str, interpreter: Interpreter, workbench: Workbench, should_stop: ShouldStop | None = None
    ) -> int:
        """Compile what a ready environment still lacks and link it in; returns how many modules it added.

        Costs seconds of CPU for large packages, so call it when the app is up, not before.
        """
        with self._alone(key, should_stop):
            if not self.is_ready(key):
                return 0
            added = self.bytecode.compile(self.path(key), interpreter, workbench, should_stop)
            self.bytecode.link(self.path(key), interpreter)
            return added

    def remove(self, key: str) -> None:
        """Remove an environment; the caller knows that nothing runs in it. A second call changes nothing."""
        with self._alone(key, None):
            self._discard(key)

    def verify(self, key: str) -> tuple[str, ...]:
        """What is damaged, as sentences; empty if every file of every package is there with its size."""
        if not self.is_ready(key):
            return ("The environment is not there.",)
        expected = {canonicalize_name(text.partition("==")[0]) for text in self.built(key).packages}
        site = site_packages(self.path(key))
        found = {canonicalize_name(path.name.partition("-")[0]): path for path in site.glob("*.dist-info")}
        lost = [f"The package {name} is missing." for name in sorted(expected - found.keys())]
        lost += [
            f"{link.name} is not in the interpreter's own site any more."
            for link in external.links(self.path(key))
            if not link.exists()
        ]
        return (*lost, *(line for name, path in sorted(found.items()) for line in _damage(site, name, path / "RECORD")))

    def import_names(self, scope: str = PUBLIC) -> Mapping[str, set[str]]:
        """Top-level import names of every public wheel and of the wheels of ``scope``, to their distributions."""
        return self.wheels.import_names(scope)

    def _marker(self, key: str) -> Path:
        _check(key)
        return self._environments / ".ready" / f"{key}.json"

    def _mark(self, built: Built) -> None:
        marker = self._marker(built.key)
        marker.parent.mkdir(parents=True, exist_ok=True)
        data = asdict(built) | {"path": "", "seconds": dict(built.seconds)}
        new = marker.with_suffix(f".{os.getpid()}")
        with new.open("w") as file:
            json.dump(data, file)
            file.flush()
            os.fsync(file.fileno())
        new.replace(marker)

    def _discard(self, key: str) -> None:
        self._marker(key).unlink(missing_ok=True)
        shutil.rmtree(self.path(key), ignore_errors=True)

    @contextmanager
    def _alone(self, key: str, should_stop: ShouldStop | None) -> Iterator[None]:
        """Hold the lock of ``key``; the kernel lets go of a killed builder's."""
        _check(key)
        folder = self._environments / ".locks"
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / key).open("w") as file:
            while True:
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    if should_stop is not None and should_stop():
                        raise shell.Stopped from None
                    time.sleep(WAIT_S)
            yield


def _damage(site: Path, name: str, record: Path) -> Iterator[str]:
    try:
        rows = list(csv.reader(record.read_text("utf-8").splitlines()))
    except (OSError, UnicodeDecodeError):
        yield f"The file list of {name} is missing."
        return
    for row in rows:
        path = site / row[0]
        if not path.is_file():
            yield f"{name}: {row[0]} is missing."
        elif len(row) > 2 and row[2].isdigit() and path.stat().st_size != int(row[2]):
            yield f"{name}: {row[0]} has another size."


def _disk_failure(error: OSError) -> Exception:
    if error.errno in {28, 122}:  # ENOSPC, EDQUOT
        return explain.disk_full()
    return error


def _check(key: str) -> None:
    if len(key) != KEY_DIGITS or set(key) - set("0123456789abcdef"):
        raise ValueError(f"{key!r} is no environment key")
