"""One environment made from a lock: fetch or build its wheels, unpack what is new of them, put them together."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from deployments.failures import Failure, FailureKind
from deployments.venvs.interpreters import Interpreter
from deployments.venvs.lock import ArtefactKind, Lock, LockedPackage
from deployments.venvs.store import assembling, external, own_packages, skeleton, wheels
from deployments.venvs.store.assembling import Mounts
from deployments.venvs.store.building import WheelBuilder
from deployments.venvs.store.trees import Tree, TreeStore
from deployments.venvs.store.unpacking import Unpacker
from deployments.venvs.store.wheels import StoredWheel, WheelStore
from deployments.venvs.workbench import OnLine, ShouldStop, Workbench
from packagerepos.indexes import Indexes


@dataclass(frozen=True)
class Made:
    """What was installed: the trees of all packages, and those that are seen through a mount, by their place."""

    trees: Sequence[Tree]
    mounts: Mounts

    @property
    def packages(self) -> tuple[str, ...]:
        return tuple(sorted(f"{tree.package}=={tree.version}" for tree in self.trees))


@dataclass(frozen=True)
class EnvironmentMaker:
    """Makes one environment, step by step, in a folder that nobody else touches meanwhile."""

    wheels: WheelStore
    trees: TreeStore
    interpreter: Interpreter
    workbench: Workbench
    indexes: Indexes
    source: Path | None
    on_line: OnLine | None
    should_stop: ShouldStop | None

    def gather(self, lock: Lock) -> Sequence[StoredWheel]:
        """The wheels of ``lock``, from the store, the index or a build. Raises ``Failure``."""
        return [*self._fetched(lock), *self._built(lock)]

    def install(self, lock: Lock, found: Sequence[StoredWheel], folder: Path) -> Made:
        """Make the new ``folder``. Hold ``TreeStore.in_use`` until it is noted which trees are in it."""
        if found:
            self._say(f"Installing {len(found)} packages")
        trees = self.trees.ensure(found, self.interpreter, self._unpacker())
        skeleton.make(folder, self.interpreter, with_system_site=not lock.is_managed)
        wanted = assembling.choose_mounts(folder, trees) if self.workbench.sandboxed else {}
        mounts = assembling.assemble(folder, trees, wanted, instead_of=self.interpreter.path)
        self._show_external(folder, lock)
        own_packages.write_pth(folder)
        return Made(trees, mounts)

    def _unpacker(self) -> Unpacker:
        return Unpacker(self.interpreter, self.trees.known_interpreters, self.workbench.timeout_s, self.should_stop)

    def _fetched(self, lock: Lock) -> list[StoredWheel]:
        ready = [package for package in lock.packages if package.kind is ArtefactKind.WHEEL]
        found = {package.name: self._find(package) for package in ready}
        local = [package for package in ready if not found[package.name] and package.url.startswith("./")]
        wanted = [package for package in ready if not found[package.name] and not package.url.startswith("./")]
        if wanted:
            self._say(f"Downloading {len(wanted)} packages")
        paths = wheels.fetch(wanted, self.workbench.folder("downloads"), self.workbench, self.indexes, self.should_stop)
        paths |= {package.name: self._in_source(package) for package in local}
        for package in (*wanted, *local):
            scope = wheels.scope_of(package, self.workbench.scope)
            found[package.name] = self.wheels.adopt(
                paths[package.name], scope, name=package.name, sha256=package.sha256 or None
            )
        return [wheel for wheel in found.values() if wheel is not None]

    def _find(self, package: LockedPackage) -> StoredWheel | None:
        return self.wheels.find(wheels.scope_of(package, self.workbench.scope), package.sha256)

    def _in_source(self, package: LockedPackage) -> Path:
        path = (self.source / package.url).resolve() if self.source else Path("/nonexistent")
        if self.source is None or not path.is_relative_to(self.source.resolve()) or not path.is_file():
            raise Failure(
                FailureKind.PACKAGE_NOT_FOUND,
                f"{package.name} lies in the uploaded source, which is not here any more.",
                "Upload the source again.",
            )
        return path

    def _built(self, lock: Lock) -> list[StoredWheel]:
        builder = WheelBuilder(
            self.wheels,
            self.interpreter,
            self.workbench,
            self.indexes,
            self.source,
            self.on_line,
            self.should_stop,
        )
        ready = {ArtefactKind.WHEEL, ArtefactKind.EXTERNAL}
        sources = [package for package in lock.packages if package.kind not in ready]
        return [builder.find(package) or builder.build(package) for package in sources]

    def _show_external(self, folder: Path, lock: Lock) -> None:
        if lock.external:
            external.show(folder, external.find(lock, self.interpreter).values())
        if not lock.is_managed:
            external.write_scripts(folder, self.interpreter)

    def _say(self, line: str) -> None:
        if self.on_line is not None:
            self.on_line(line)
