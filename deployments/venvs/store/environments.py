"""The store of installed environments, each made once and shared by everyone who needs exactly it.

``<root>/environments/<key>/`` is a virtual environment in its final place; ``<root>/environments/.ready/<key>.json``
says that it is whole and what that means. It lies outside, because a wheel may put any file into its environment.
What is removed goes through ``.trash/`` by one rename, so that no half of one is ever seen. The files are those of the
unpacked wheels in ``trees/``, linked or, in a sandbox, mounted; nothing of them is ever run by the platform.
"""

import hashlib
import json
import shutil
import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path

from deployments import shell
from deployments.venvs import explain
from deployments.venvs.interpreters import Interpreter
from deployments.venvs.lock import Lock
from deployments.venvs.store import assembling, built, census, external, file_locks
from deployments.venvs.store.built import Built, Note
from deployments.venvs.store.bytecode import BytecodeStore
from deployments.venvs.store.census import Damage
from deployments.venvs.store.idling import seconds_idle
from deployments.venvs.store.installing import EnvironmentMaker, Made
from deployments.venvs.store.trees import Tree, TreeStore
from deployments.venvs.store.wheels import PUBLIC, StoredWheel, WheelStore
from deployments.venvs.workbench import OnLine, ShouldStop, Workbench
from packagerepos.indexes import Indexes
from workspaces.disk_room import is_disk_full

#: Part of every key: raise it when the same lock would be installed differently.
FORMAT = 3
KEY_DIGITS = 16
#: How long a reuse may look for damage: its whole step is to take less than 50 ms.
LOOK_S = 0.005


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
class Freed:
    """Bytes: ``at_once`` by removing environments, ``with_packages`` more once the store drops what only they share."""

    at_once: int
    with_packages: int


class Store:
    """Environments, unpacked wheels, wheels and byte-code under one root, which must be one file system (hard links).

    ``can_mount`` is false where apps run without a sandbox: what needs one is not ready there.
    """

    def __init__(self, root: Path, *, can_mount: bool = True) -> None:
        self._environments = root / "environments"
        self._can_mount = can_mount
        self.wheels = WheelStore(root / "wheels")
        self.trees = TreeStore(root / "trees", BytecodeStore(root / "wheels" / "bytecode"))

    def path(self, key: str) -> Path:
        _check(key)
        return self._environments / key

    def is_ready(self, key: str) -> bool:
        try:
            note = built.read(self._marker(key))
        except FileNotFoundError:
            return False
        return self.path(key).is_dir() and (self._can_mount or not note.mounts)

    def keys(self) -> frozenset[str]:
        """Every ready environment."""
        return frozenset(marker.stem for marker in (self._environments / ".ready").glob("*.json"))

    def built(self, key: str) -> Built:
        """What is known of a ready environment. Raises ``FileNotFoundError``."""
        return self._built(key, built.read(self._marker(key)))

    def mounts(self, key: str) -> Mapping[Path, Path]:
        """What a sandbox that shows an environment must show in it; nothing for one that is not there."""
        return self.built(key).mounts if self.is_ready(key) else {}

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
        The packages ``distrusted`` are looked at, and unpacked anew from their wheels if their files are damaged.
        Raises ``Failure`` and ``shell.Stopped``; then nothing of it is left.
        """
        with self._alone(key, should_stop):
            if self.is_ready(key):
                return self.built(key)
            try:
                # Left by a builder that was killed.
                self._discard(key)
                maker = EnvironmentMaker(
                    self.wheels, self.trees, interpreter, workbench, indexes or Indexes(), source, on_line,
                    should_stop,
                )  # fmt: skip
                wheels = maker.gather(lock)
                self._distrust((wheel for wheel in wheels if wheel.name in distrusted), interpreter)
                with self.trees.in_use(should_stop):
                    note = _note(self.path(key), maker.install(lock, wheels, self.path(key)))
                    note.write(self._marker(key))
                return replace(self._built(key, note), reused=False)
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
        with self._alone(key, should_stop), self.trees.in_use(should_stop):
            if not self.is_ready(key):
                return 0
            note = built.read(self._marker(key))
            if self._lacks_trees(note):
                # Damaged: it is made anew before anything else starts in it.
                return 0
            added = self.trees.compile(note.trees, interpreter, workbench, should_stop)
            self._renew(key, note, interpreter)
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
                self._lock(key).unlink(missing_ok=True)
        except shell.Stopped:
            return False
        return True

    def empty_trash(self) -> None:
        for condemned in self._trash.glob("*"):
            shutil.rmtree(condemned, ignore_errors=True)

    def prune_trees(self, *, idle_s: float) -> int:
        """Remove the unpacked wheels that no environment has and nobody wanted for that long; returns how many.

        None while it cannot be told what some environment has.
        """
        try:
            return self.trees.prune(self._used_trees, idle_s=idle_s)
        except FileNotFoundError:
            return 0

    def freed_by(self, keys: Collection[str]) -> Freed:
        """How much removing all of ``keys`` gives back."""
        notes = {key: built.read(self._marker(key)) for key in self.keys() if self.is_ready(key)}
        removed = [notes[key] for key in keys if key in notes]
        kept = {tree_id for key in notes.keys() - set(keys) for tree_id in notes[key].trees}
        orphans = {tree_id for note in removed for tree_id in note.trees} - kept
        return Freed(
            at_once=sum(note.census.own_bytes for note in removed),
            with_packages=sum(tree.size_bytes for tree in self._trees(orphans)),
        )

    def unfinished(self, older_than_s: float) -> frozenset[str]:
        """Folders that nobody has finished, nor touched for that long: those of killed builders."""
        folders = (path for path in self._environments.glob("[0-9a-f]*") if len(path.name) == KEY_DIGITS)
        return frozenset(
            path.name for path in folders if not self.is_ready(path.name) and seconds_idle(path) > older_than_s
        )  # fmt: skip

    def verify(self, key: str, *, budget_s: float | None = None) -> tuple[Damage, ...]:
        """What is damaged; empty if every file is there with its size. With ``budget_s`` it looks for about as long."""
        if not self.is_ready(key):
            return (Damage("", "The environment", "is not there"),)
        note, ends_at = built.read(self._marker(key)), None if budget_s is None else time.monotonic() + budget_s
        found = {damage.path: damage for damage in census.damage(self.path(key), note.census, ends_at)}
        for tree_id in note.trees:
            # A file that is linked is seen twice; the tree knows whose it is.
            found |= {damage.path: damage for damage in self._damage_of(tree_id, ends_at)}
        lost = (link for link in external.links(self.path(key)) if not link.exists())
        return (
            *found.values(),
            *(Damage("", link.name, "is not in the interpreter's own site any more") for link in lost),
        )

    def import_names(self, scope: str = PUBLIC) -> Mapping[str, set[str]]:
        """Top-level import names of every public wheel and of the wheels of ``scope``, to their distributions."""
        return self.wheels.import_names(scope)

    def _damage_of(self, tree_id: str, ends_at: float | None) -> tuple[Damage, ...]:
        try:
            return self.trees.read(tree_id).damage(ends_at)
        except FileNotFoundError:
            return (Damage("", tree_id, "is missing among the unpacked packages"),)

    def _marker(self, key: str) -> Path:
        _check(key)
        return self._environments / ".ready" / f"{key}.json"

    def _lock(self, key: str) -> Path:
        _check(key)
        return self._environments / ".locks" / key

    @property
    def _trash(self) -> Path:
        return self._environments / ".trash"

    def _built(self, key: str, note: Note) -> Built:
        path = self.path(key)
        mounts = {path / place: self.trees.files(tree_id) / place for place, tree_id in note.mounts.items()}
        return Built(
            key, path, note.packages, note.trees, mounts, note.uncompiled, reused=True,
            own_bytes=note.census.own_bytes, shared_bytes=note.shared_bytes,
        )  # fmt: skip

    def _renew(self, key: str, note: Note, interpreter: Interpreter) -> None:
        """Link what byte-code the trees have by now, and count again."""
        path, trees = self.path(key), self._trees(note.trees)
        by_id = {tree.id: tree for tree in trees}
        mounts = {place: by_id[tree_id] for place, tree_id in note.mounts.items()}
        assembling.assemble(path, trees, mounts, instead_of=interpreter.path)
        # Links change the times of folders, and so what is counted as whole.
        counted = census.renewed(note.census, census.take(path))
        uncompiled, shared_bytes = sum(tree.uncompiled for tree in trees), sum(tree.size_bytes for tree in trees)
        replace(note, uncompiled=uncompiled, shared_bytes=shared_bytes, census=counted).write(self._marker(key))

    def _trees(self, tree_ids: Iterable[str]) -> Sequence[Tree]:
        return [self.trees.read(tree_id) for tree_id in tree_ids]

    def _lacks_trees(self, note: Note) -> bool:
        try:
            self._trees(note.trees)
        except FileNotFoundError:
            return True
        return False

    def _used_trees(self) -> frozenset[str]:
        """Raises ``FileNotFoundError`` if some environment's note cannot be read."""
        return frozenset(tree_id for key in self.keys() for tree_id in built.read(self._marker(key)).trees)

    def _distrust(self, wheels: Iterable[StoredWheel], interpreter: Interpreter) -> None:
        for wheel in wheels:
            self.trees.distrust(wheel, interpreter)

    def _discard(self, key: str, *, at_once: bool = True) -> None:
        self._marker(key).unlink(missing_ok=True)
        self._trash.mkdir(parents=True, exist_ok=True)
        condemned = self._trash / f"{key}.{time.time_ns()}"
        try:
            self.path(key).rename(condemned)
        except FileNotFoundError:
            return
        if at_once:
            shutil.rmtree(condemned, ignore_errors=True)

    def _alone(self, key: str, should_stop: ShouldStop | None) -> AbstractContextManager[None]:
        """Hold the lock of ``key``; the kernel lets go of a killed builder's."""
        return file_locks.held(self._lock(key), should_stop)


def _note(path: Path, made: Made) -> Note:
    """Count it: the last thing that is done to it."""
    return Note(
        packages=made.packages,
        trees=tuple(tree.id for tree in made.trees),
        mounts={place: tree.id for place, tree in made.mounts.items()},
        uncompiled=sum(tree.uncompiled for tree in made.trees),
        shared_bytes=sum(tree.size_bytes for tree in made.trees),
        census=census.take(path),
    )


def _disk_failure(error: OSError) -> Exception:
    return explain.disk_full() if is_disk_full(error) else error


def _check(key: str) -> None:
    if len(key) != KEY_DIGITS or set(key) - set("0123456789abcdef"):
        raise ValueError(f"{key!r} is no environment key")
