"""The store of installed environments, each made once and shared by everyone who needs exactly it.

``<root>/environments/<key>/`` is a virtual environment in its final place; ``<root>/environments/.ready/<key>.json``
says that it is whole, ``<key>.census`` beside it what that means. They lie outside, because a wheel may put any file
into its environment. What is removed goes through ``.trash/`` by one rename, so that no half of one is ever seen.
Wheels are installed by uv in one go into a new folder: nothing of them is ever run by the platform, and a second
call would start the environment's own python, which by then may hold a stranger's ``.pth`` file.
"""

import fcntl
import hashlib
import json
import os
import shutil
import time
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import IO

from deployments import durability, shell
from deployments.venvs import census, explain, external, uv
from deployments.venvs.bytecode import BytecodeStore
from deployments.venvs.census import Census, Damage, Freed
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
#: How long a reuse may look for damage: its whole step is to take less than 50 ms.
LOOK_S = 0.01


def scope_for(lock: Lock, workspace: str) -> str:
    """Whose environment it is: everyone's if all of it is public, else the workspace's."""
    return PUBLIC if lock.is_public else workspace


def environment_key(lock: Lock, interpreter: Interpreter, scope: str) -> str:
    """16 hex digits that stand for the installed bytes: artefacts, interpreter and whose they are.

    The fingerprint of what is in an environment, and the key of the first folder that it is made in.
    """
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
    """A ready environment. ``seconds`` is by step; ``size_bytes`` is ``own_bytes`` with ``shared_bytes`` (``Census``).

    ``reused`` says that it was there already; ``uncompiled`` how many modules have no byte-code yet.
    """

    key: str
    path: Path
    packages: tuple[str, ...]
    size_bytes: int
    seconds: Mapping[str, float]
    uncompiled: int = 0
    reused: bool = False
    own_bytes: int = 0
    shared_bytes: int = 0


class Store:
    """Environments, wheels and byte-code under one root, which must be one file system (hard links)."""

    def __init__(self, root: Path) -> None:
        self._environments = root / "environments"
        self.uv_cache = root / "wheels" / "unpacked"
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
        distrusted: Collection[str] = (),
    ) -> Built:
        """Make the environment ``key``, or find that someone has made it meanwhile.

        ``indexes`` and ``source`` are for what has to be built: build requirements, folders of the upload.
        The packages ``distrusted`` are unpacked anew from their wheels: the files that are shared were found damaged.
        Raises ``Failure`` and ``shell.Stopped``; then nothing of it is left.
        """
        with self._alone(key, should_stop):
            if self.is_ready(key):
                return self.built(key)
            try:
                # Left by a builder that was killed.
                self._discard(key)
                self._forget_unpacked(distrusted)
                maker = EnvironmentMaker(
                    self.wheels, self.bytecode, self.uv_cache, interpreter, workbench, indexes or Indexes(), source,
                    on_line, should_stop,
                )  # fmt: skip
                made = maker.make(lock, self.path(key))
                if made.has_new_files or distrusted:
                    durability.settle(self.path(key))
                return self._mark(Built(key, self.path(key), made.packages, 0, made.seconds, made.uncompiled))
            except OSError as error:
                self._discard(key)
                raise _disk_failure(error) from error
            except BaseException:
                self._discard(key)
                raise

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
            # Links change the times of folders, and so what is counted as whole.
            self._mark(self.built(key), counted_before=census.read(self._census(key)))
            return added

    def remove(self, key: str) -> None:
        """Remove an environment; the caller knows that nothing runs in it. A second call changes nothing."""
        with self._alone(key, None):
            self._discard(key)

    def remove_idle(self, key: str) -> bool:
        """The same, unless somebody makes or compiles it at this moment: then it stays, and the answer is ``False``.

        It takes a moment only; ``empty_trash`` gives the space back.
        """
        try:
            with self._alone(key, lambda: True):
                self._discard(key, at_once=False)
                (self._environments / ".locks" / key).unlink(missing_ok=True)
        except shell.Stopped:
            return False
        return True

    def empty_trash(self) -> None:
        for condemned in self._trash.glob("*"):
            shutil.rmtree(condemned, ignore_errors=True)

    def freed_by(self, keys: Iterable[str]) -> Freed:
        """How much removing all of ``keys`` gives back."""
        return census.freed_by(map(self.path, keys))

    def unfinished(self, older_than_s: float) -> frozenset[str]:
        """Folders that nobody has finished, nor touched for that long: those of killed builders."""
        folders = (path for path in self._environments.glob("[0-9a-f]*") if len(path.name) == KEY_DIGITS)
        return frozenset(
            path.name for path in folders if not self.is_ready(path.name) and _idle_s(path) > older_than_s
        )  # fmt: skip

    def verify(self, key: str, *, budget_s: float | None = None) -> tuple[Damage, ...]:
        """What is damaged; empty if every file is there with its size. ``budget_s``: see ``census.damage``."""
        if not self.is_ready(key):
            return (Damage("", "The environment", "is not there"),)
        counted = census.read(self._census(key))
        found = census.damage(self.path(key), counted, budget_s=budget_s) if counted else ()
        lost = (link for link in external.links(self.path(key)) if not link.exists())
        return (*found, *(Damage("", link.name, "is not in the interpreter's own site any more") for link in lost))

    def import_names(self, scope: str = PUBLIC) -> Mapping[str, set[str]]:
        """Top-level import names of every public wheel and of the wheels of ``scope``, to their distributions."""
        return self.wheels.import_names(scope)

    def _marker(self, key: str) -> Path:
        _check(key)
        return self._environments / ".ready" / f"{key}.json"

    def _census(self, key: str) -> Path:
        return self._marker(key).with_suffix(".census")

    def _mark(self, built: Built, *, counted_before: Census | None = None) -> Built:
        """Count it, and say that it is whole: the last thing that is done to it."""
        marker = self._marker(built.key)
        marker.parent.mkdir(parents=True, exist_ok=True)
        counted = census.take(built.path)
        if counted_before is not None:
            counted = census.renewed(counted_before, counted)
        census.write(counted, self._census(built.key))
        own, shared = counted.own_bytes, counted.shared_bytes
        marked = replace(built, size_bytes=own + shared, own_bytes=own, shared_bytes=shared)
        data = asdict(marked) | {"path": "", "seconds": dict(built.seconds), "reused": False}
        durability.write_text(marker, json.dumps(data))
        return marked

    @property
    def _trash(self) -> Path:
        return self._environments / ".trash"

    def _discard(self, key: str, *, at_once: bool = True) -> None:
        self._marker(key).unlink(missing_ok=True)
        self._census(key).unlink(missing_ok=True)
        self._trash.mkdir(parents=True, exist_ok=True)
        condemned = self._trash / f"{key}.{time.time_ns()}"
        try:
            self.path(key).rename(condemned)
        except FileNotFoundError:
            return
        if at_once:
            shutil.rmtree(condemned, ignore_errors=True)

    def _forget_unpacked(self, names: Collection[str]) -> None:
        """The next installation unpacks these packages from their wheels again; environments keep what they have."""
        if names:
            shell.run(uv.forget_command(sorted(names), cache_dir=self.uv_cache), timeout_s=300, env=uv.ENVIRONMENT)

    @contextmanager
    def _alone(self, key: str, should_stop: ShouldStop | None) -> Iterator[None]:
        """Hold the lock of ``key``; the kernel lets go of a killed builder's."""
        _check(key)
        folder = self._environments / ".locks"
        folder.mkdir(parents=True, exist_ok=True)
        while True:
            with (folder / key).open("w") as file:
                _wait_for(file, should_stop)
                # Whoever held it may have removed the environment with its lock: then this one is nobody's.
                if _is_still(file, folder / key):
                    yield
                    return


def _wait_for(file: IO[str], should_stop: ShouldStop | None) -> None:
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if should_stop is not None and should_stop():
                raise shell.Stopped from None
            time.sleep(WAIT_S)


def _is_still(file: IO[str], path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except FileNotFoundError:
        return False


def _idle_s(path: Path) -> float:
    try:
        return time.time() - path.stat().st_mtime
    except FileNotFoundError:
        return 0.0


def _disk_failure(error: OSError) -> Exception:
    return explain.disk_full() if durability.is_disk_full(error) else error


def _check(key: str) -> None:
    if len(key) != KEY_DIGITS or set(key) - set("0123456789abcdef"):
        raise ValueError(f"{key!r} is no environment key")
