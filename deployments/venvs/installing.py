"""One environment made from a lock: fetch or build its wheels, install them, link their byte-code."""

import json
import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from deployments import shell
from deployments.failures import Failure, FailureKind
from deployments.venvs import explain, external, own_packages, uv, wheels
from deployments.venvs.building import WheelBuilder
from deployments.venvs.bytecode import BytecodeStore
from deployments.venvs.interpreters import Interpreter
from deployments.venvs.lock import ArtefactKind, Lock, LockedPackage
from deployments.venvs.wheels import StoredWheel, WheelStore
from deployments.venvs.workbench import OnLine, ShouldStop, Workbench
from packagerepos.indexes import Indexes


@dataclass(frozen=True)
class Made:
    """What was installed. ``seconds`` is by step, ``uncompiled`` how many modules have no byte-code yet.

    ``has_new_files`` says that some came just now, and may not be on the disk yet.
    """

    packages: tuple[str, ...]
    has_new_files: bool
    seconds: Mapping[str, float]
    uncompiled: int


@dataclass(frozen=True)
class EnvironmentMaker:
    """Makes one environment, step by step, in a folder that nobody else touches meanwhile."""

    wheels: WheelStore
    bytecode: BytecodeStore
    uv_cache: Path
    interpreter: Interpreter
    workbench: Workbench
    indexes: Indexes
    source: Path | None
    on_line: OnLine | None
    should_stop: ShouldStop | None

    def make(self, lock: Lock, folder: Path) -> Made:
        seconds, began_at = dict[str, float](), time.time()
        with _timed(seconds, "wheels"):
            found = [*self._fetched(lock), *self._built(lock)]
        with _timed(seconds, "install"):
            self._create(folder, with_system_site=not lock.is_managed)
            self._install(folder, found)
            self._show_external(folder, lock)
            own_packages.write_pth(folder)
        with _timed(seconds, "bytecode"):
            uncompiled = self.bytecode.link(folder, self.interpreter)
        packages = tuple(sorted(f"{wheel.name}=={wheel.version}" for wheel in found))
        return Made(packages, any(wheel.appeared_at >= began_at for wheel in found), seconds, uncompiled)

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

    def _create(self, folder: Path, *, with_system_site: bool) -> None:
        folder.parent.mkdir(parents=True, exist_ok=True)
        python, cache = self.interpreter.path, self.uv_cache
        self._uv(uv.venv_command(folder, python=python, cache_dir=cache, with_system_site=with_system_site))

    def _show_external(self, folder: Path, lock: Lock) -> None:
        if lock.external:
            external.show(folder, external.find(lock, self.interpreter).values())
        if not lock.is_managed:
            external.write_scripts(folder, self.interpreter)

    def _install(self, folder: Path, found: Sequence[StoredWheel]) -> None:
        if not found:
            return
        pylock = self.workbench.scratch.with_name(f"{self.workbench.scratch.name}.pylock") / "pylock.toml"
        pylock.parent.mkdir(parents=True, exist_ok=True)
        try:
            pylock.write_text(_pylock_text(found))
            self._say(f"Installing {len(found)} packages")
            self._uv(uv.install_command(pylock, environment=folder, cache_dir=self.uv_cache))
        finally:
            shutil.rmtree(pylock.parent, ignore_errors=True)

    def _uv(self, argv: Sequence[str]) -> None:
        """uv as the platform itself, without network: it only unpacks files whose hashes it checks."""
        env = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "HOME": str(self.uv_cache)} | uv.ENVIRONMENT
        try:
            finished = shell.run(argv, timeout_s=self.workbench.timeout_s, env=env, should_stop=self.should_stop)
        except shell.TimedOut:
            raise Failure(
                FailureKind.BUILD_TIMED_OUT, "Installing the packages took too long and was stopped."
            ) from None
        if finished.returncode != 0:
            raise explain.install_failure(finished.output)

    def _say(self, line: str) -> None:
        if self.on_line is not None:
            self.on_line(line)


@contextmanager
def _timed(seconds: dict[str, float], step: str) -> Iterator[None]:
    started = time.monotonic()
    yield
    seconds[step] = round(time.monotonic() - started, 3)


def _pylock_text(found: Sequence[StoredWheel]) -> str:
    # JSON strings are TOML strings.
    blocks = [
        f"[[packages]]\nname = {json.dumps(wheel.name)}\nversion = {json.dumps(wheel.version)}\n"
        f'wheels = [{{ path = {json.dumps(str(wheel.path))}, hashes = {{ sha256 = "{wheel.sha256}" }} }}]\n'
        for wheel in found
    ]
    return "\n".join(['lock-version = "1.0"\ncreated-by = "slipway"\n', *blocks])
