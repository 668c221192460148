"""The store of unpacked wheels: the files of each once for every interpreter, shared by all environments that hold it.

``<root>/<key>.<number>/files`` is laid out as an environment is, ``tree.json`` beside it says that it is whole. One
that was damaged on the disk stays where it is, for what still runs with it, and the next number takes its place.
What is shared is a wheel's own: a tree is made from one verified wheel, and found by that wheel's hash and scope.
"""

import hashlib
import itertools
import json
import os
import shutil
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from pathlib import Path

from deployments import durability, shell
from deployments.venvs.interpreters import Interpreter
from deployments.venvs.store import census, file_locks
from deployments.venvs.store.bytecode import BytecodeStore
from deployments.venvs.store.census import Census, Damage
from deployments.venvs.store.idling import seconds_idle
from deployments.venvs.store.unpacking import Unpacker
from deployments.venvs.store.wheels import StoredWheel
from deployments.venvs.workbench import ShouldStop, Workbench

#: Part of every key: raise it when the same wheel would be unpacked differently.
FORMAT = 1
KEY_DIGITS = 16
ABOUT, FILES, DAMAGED, GONE = "tree.json", "files", "damaged", ".gone-"


@dataclass(frozen=True)
class Tree:
    """One unpacked wheel. ``uncompiled`` is how many of its modules have no byte-code yet."""

    folder: Path
    package: str
    version: str
    uncompiled: int
    census: Census

    @property
    def id(self) -> str:
        return self.folder.name

    @property
    def files(self) -> Path:
        """Laid out as an environment: ``bin``, ``lib/python3.11/site-packages``, …"""
        return self.folder / FILES

    @property
    def size_bytes(self) -> int:
        return self.census.own_bytes + self.census.shared_bytes

    def damage(self, ends_at: float | None = None) -> tuple[Damage, ...]:
        """Paths are those in the tree; see ``census.damage``."""
        return tuple(replace(found, package=self.package) for found in census.damage(self.files, self.census, ends_at))


@dataclass(frozen=True)
class TreeStore:
    """Only the platform writes it; a sandbox sees single folders of it, and only those of its own environment."""

    root: Path
    bytecode: BytecodeStore

    def files(self, tree_id: str) -> Path:
        """Where its files lie, whether it is there or not."""
        return self.root / tree_id / FILES

    def read(self, tree_id: str) -> Tree:
        """Raises ``FileNotFoundError`` for one that is not there, or not whole."""
        status = (self.root / tree_id / ABOUT).stat()
        return _read(self.root / tree_id, status.st_mtime_ns, status.st_ino)

    def find(self, wheel: StoredWheel, interpreter: Interpreter) -> Tree | None:
        """The tree of ``wheel``, but none that is known to be damaged."""
        for place in self._places(tree_key(wheel, interpreter)):
            try:
                tree = self.read(place.name)
                if not (place / DAMAGED).exists():
                    # For the reaper: that somebody wanted it now.
                    os.utime(place)
                    return tree
            except FileNotFoundError:
                if not place.exists():
                    return None
        return None

    def ensure(self, wheels: Sequence[StoredWheel], interpreter: Interpreter, unpacker: Unpacker) -> Sequence[Tree]:
        """The tree of each wheel, made where it is missing. Hold ``in_use`` around it.

        Raises ``Failure``, ``shell.Stopped`` and ``OSError``; then no half of one is left.
        """
        found = {wheel: self.find(wheel, interpreter) for wheel in wheels}
        missing = [wheel for wheel, tree in found.items() if tree is None]
        if missing:
            found |= self._found_or_made(missing, interpreter, unpacker)
        return [tree for tree in found.values() if tree is not None]

    def compile(
        self,
        tree_ids: Collection[str],
        interpreter: Interpreter,
        workbench: Workbench,
        should_stop: ShouldStop | None = None,
    ) -> int:
        """Compile what these trees lack and link it in; returns how many modules came into the store of byte-code."""
        with self._alone((tree_id.partition(".")[0] for tree_id in tree_ids), should_stop):
            lacking = [tree for tree_id in sorted(tree_ids) if (tree := self.read(tree_id)).uncompiled]
            if not lacking:
                return 0
            folders = [tree.files for tree in lacking]
            added = self.bytecode.compile(folders, interpreter, workbench, should_stop)
            for tree in lacking:
                uncompiled = self.bytecode.link(tree.files, interpreter)
                counted = census.renewed(tree.census, census.take(tree.files))
                durability.write_text(tree.folder / ABOUT, _text(replace(tree, uncompiled=uncompiled, census=counted)))
            return added

    def distrust(self, wheel: StoredWheel, interpreter: Interpreter) -> None:
        """Let nothing new use the tree of ``wheel`` if it is damaged; what runs with it keeps what it has."""
        tree = self.find(wheel, interpreter)
        if tree is not None and tree.damage():
            (tree.folder / DAMAGED).touch()

    def prune(self, kept: Callable[[], Collection[str]], *, idle_s: float) -> int:
        """Remove the trees that are not ``kept`` and that nobody wanted for that long; returns how many.

        None while somebody makes an environment of trees: ``kept`` is asked when nobody can.
        """
        try:
            with file_locks.held(self._in_use, lambda: True):
                needed = kept()
                old = [path for path in self._trees() if path.name not in needed and seconds_idle(path) > idle_s]
                for path in old:
                    path.rename(self.root / f"{GONE}{path.name}")
                # Nobody makes one at this moment: what lies there is a killed builder's.
                leftovers = [*self.root.glob(f"{GONE}*"), *self._new.glob("*")]
        except shell.Stopped:
            return 0
        for path in leftovers:
            shutil.rmtree(path, ignore_errors=True)
        return len(old)

    @contextmanager
    def in_use(self, should_stop: ShouldStop | None = None) -> Iterator[None]:
        """Nothing is removed meanwhile: hold it from looking for trees until it is written down who needs them."""
        with file_locks.held(self._in_use, should_stop, is_shared=True):
            yield

    def _found_or_made(
        self, wheels: Sequence[StoredWheel], interpreter: Interpreter, unpacker: Unpacker
    ) -> Mapping[StoredWheel, Tree | None]:
        with self._alone((tree_key(wheel, interpreter) for wheel in wheels), unpacker.should_stop):
            # Somebody else may have made some meanwhile.
            missing = [wheel for wheel in wheels if self.find(wheel, interpreter) is None]
            self._make(missing, interpreter, unpacker)
            return {wheel: self.find(wheel, interpreter) for wheel in wheels}

    def _make(self, wheels: Sequence[StoredWheel], interpreter: Interpreter, unpacker: Unpacker) -> None:
        if not wheels:
            return
        made: list[tuple[Path, Path]] = []
        try:
            for wheel in wheels:
                place = next(place for place in self._places(tree_key(wheel, interpreter)) if not place.exists())
                made.append((self._new / f"{place.name}.{os.getpid()}", place))
            self._unpack(wheels, [new for new, _ in made], interpreter, unpacker)
            durability.settle(self.root)
            for new, place in made:
                new.rename(place)
        finally:
            for new, _ in made:
                shutil.rmtree(new, ignore_errors=True)

    def _unpack(
        self, wheels: Sequence[StoredWheel], folders: Sequence[Path], interpreter: Interpreter, unpacker: Unpacker
    ) -> None:
        def unpack(wheel: StoredWheel, folder: Path) -> None:
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
            unpacker.unpack(wheel, folder / FILES)
            uncompiled = self.bytecode.link(folder / FILES, interpreter)
            tree = Tree(folder, wheel.name, wheel.version, uncompiled, census.take(folder / FILES))
            (folder / ABOUT).write_text(_text(tree))

        # uv's process waits for the disk half of the time.
        with ThreadPoolExecutor(min(len(wheels), 2 * (os.cpu_count() or 1))) as pool:
            jobs = [pool.submit(unpack, wheel, folder) for wheel, folder in zip(wheels, folders, strict=True)]
            try:
                for job in jobs:
                    job.result()
            finally:
                pool.shutdown(cancel_futures=True)

    def _places(self, key: str) -> Iterator[Path]:
        return (self.root / f"{key}.{number}" for number in itertools.count())

    @contextmanager
    def _alone(self, keys: Iterable[str], should_stop: ShouldStop | None) -> Iterator[None]:
        """Hold the locks of all ``keys``, in an order that no two can wait for each other."""
        with ExitStack() as stack:
            for key in sorted(set(keys)):
                stack.enter_context(file_locks.held(self.root / ".locks" / key, should_stop))
            yield

    def _trees(self) -> Iterator[Path]:
        return (path for path in self.root.glob("[0-9a-f]*") if path.is_dir())

    @property
    def known_interpreters(self) -> Path:
        """For ``Unpacker``."""
        return self.root / ".interpreters"

    @property
    def _in_use(self) -> Path:
        return self.root / ".locks" / "in-use"

    @property
    def _new(self) -> Path:
        return self.root / ".new"


def tree_key(wheel: StoredWheel, interpreter: Interpreter) -> str:
    """16 hex digits that stand for the files: of whom they are, from which wheel, for which interpreter."""
    text = json.dumps([FORMAT, wheel.scope, wheel.sha256, interpreter.identity])
    return hashlib.sha256(text.encode()).hexdigest()[:KEY_DIGITS]


@lru_cache(maxsize=64)
def _read(folder: Path, _changed_at: int, _inode: int) -> Tree:
    """Remembered as long as the file is the same: reading what is in many wheels takes longer than looking at them."""
    try:
        about = json.loads((folder / ABOUT).read_text())
        return Tree(folder, about["package"], about["version"], about["uncompiled"], census.load(about["census"]))
    except (ValueError, KeyError, TypeError) as error:
        raise FileNotFoundError(folder / ABOUT) from error


def _text(tree: Tree) -> str:
    about = {"package": tree.package, "version": tree.version, "uncompiled": tree.uncompiled}
    return json.dumps(about | {"census": asdict(tree.census)})
