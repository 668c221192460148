"""Wheels of what comes without one: source distributions, repositories, folders of the source."""

import hashlib
import json
import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from deployments.failures import Failure, FailureKind
from deployments.removal import discard_tree
from deployments.venvs import explain, uv
from deployments.venvs.interpreters import Interpreter
from deployments.venvs.lock import ArtefactKind, LockedPackage, Origin
from deployments.venvs.resolving.request import NOT_CONTENT
from deployments.venvs.store import wheels
from deployments.venvs.store.wheels import StoredWheel, WheelStore
from deployments.venvs.workbench import OnLine, ShouldStop, Workbench
from packagerepos.indexes import Indexes

CHECK_OUT = """
set -e
git init -q "$1" && cd "$1"
git fetch -q --depth 1 "$2" "$3" 2>/dev/null || git fetch -q --tags "$2" '+refs/heads/*:refs/remotes/origin/*'
git checkout -q "$3"
git submodule update -q --init --recursive
"""


def key_of(package: LockedPackage, interpreter: str) -> str:
    """Under which the wheel built from ``package`` is remembered; ``interpreter`` is an identity."""
    # An archive is its hash, wherever it came from; a repository or a folder is also its place.
    place = "" if package.kind is ArtefactKind.SDIST else package.url
    content = [package.kind, place, package.commit, package.hashes[:1], package.subdirectory, interpreter]
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()


@dataclass(frozen=True)
class WheelBuilder:
    """Builds in the sandbox of ``workbench``; the wheels are kept in its workspace's part of the store."""

    store: WheelStore
    interpreter: Interpreter
    workbench: Workbench
    indexes: Indexes
    source: Path | None
    on_line: OnLine | None = None
    should_stop: ShouldStop | None = None

    def find(self, package: LockedPackage) -> StoredWheel | None:
        """The wheel, if it was built before: by the workspace, or with the site's base image it belongs to."""
        key = key_of(package, self.interpreter.identity)
        found = self.store.find_built(self.workbench.scope, key)
        if found is None and package.origin is Origin.BASE_IMAGE and package.is_public:
            found = self.store.find_built(wheels.SITE, key)
        return found

    def build(self, package: LockedPackage) -> StoredWheel:
        """Raises ``Failure`` with the build's last lines."""
        self._say(f"Building {package.name} {package.version or ''}".rstrip())
        tree = self._tree(package)
        output = self.workbench.folder("wheel")
        python, cache = self.interpreter.path, self.workbench.cache
        options = uv.index_options(self.indexes, self.source or tree)
        self._run(
            package, uv.build_command(tree, python=python, output=output, cache_dir=cache, options=options), tree.parent
        )
        made = sorted(output.glob("*.whl"))
        if not made:
            raise Failure(FailureKind.PACKAGE_BUILD_FAILED, f"The build of {package.name} ended without a wheel.")
        wheel = self.store.adopt(made[0], self.workbench.scope, name=package.name)
        self.store.remember_built(self.workbench.scope, key_of(package, self.interpreter.identity), wheel)
        return wheel

    def _tree(self, package: LockedPackage) -> Path:
        match package.kind:
            case ArtefactKind.VCS:
                return self._checked_out(package)
            case ArtefactKind.DIRECTORY:
                return self._copied(package)
            case _:
                return self._downloaded(package)

    def _downloaded(self, package: LockedPackage) -> Path:
        folder = self.workbench.folder("sdist")
        if package.url.startswith("./"):
            archive = folder / package.filename
            shutil.copyfile(self._in_source(package), archive, follow_symlinks=False)
        else:
            fetched = wheels.fetch([package], folder, self.workbench, self.indexes, self.should_stop)
            archive = fetched[package.name]
        with os.fdopen(os.open(archive, os.O_RDONLY | os.O_NOFOLLOW), "rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
        if package.sha256 and found != package.sha256:
            raise explain.hash_mismatch(package.name, package.sha256, found)
        return self._unpacked(package, archive) if package.subdirectory else archive

    def _unpacked(self, package: LockedPackage, archive: Path) -> Path:
        tree = self.workbench.folder("tree")
        unpack = ["unzip", "-q", str(archive), "-d"] if archive.suffix == ".zip" else ["tar", "-xf", str(archive), "-C"]
        self._run(package, [*unpack, str(tree)], tree)
        inner = [path for path in sorted(tree.iterdir()) if path.is_dir()]
        return (inner[0] if len(inner) == 1 else tree) / (package.subdirectory or "")

    def _checked_out(self, package: LockedPackage) -> Path:
        tree = self.workbench.folder("checkout")
        origin = self._in_source(package).as_uri() if package.url.startswith("./") else package.url
        argv = [
            "/bin/sh",
            "-c",
            CHECK_OUT,
            "checkout",
            str(tree),
            origin.removeprefix("git+"),
            package.commit or "HEAD",
        ]
        self._run(package, argv, tree)
        return tree / (package.subdirectory or "")

    def _copied(self, package: LockedPackage) -> Path:
        # The whole source, because a project may refer to its neighbours.
        tree = self.workbench.scratch / "source"
        discard_tree(tree)
        ignore = shutil.ignore_patterns(*NOT_CONTENT)
        shutil.copytree(self._source(package), tree, symlinks=True, ignore=ignore)
        self.workbench.give_all(tree)
        return tree / package.url / (package.subdirectory or "")

    def _in_source(self, package: LockedPackage) -> Path:
        path = (self._source(package) / package.url).resolve()
        assert path.is_relative_to(self._source(package).resolve())
        return path

    def _source(self, package: LockedPackage) -> Path:
        if self.source is None:
            raise Failure(
                FailureKind.PACKAGE_BUILD_FAILED,
                f"{package.name} is built from the uploaded source, which is not here any more.",
                "Upload the source again.",
            )
        return self.source

    def _run(self, package: LockedPackage, argv: Sequence[str], cwd: Path) -> None:
        finished = self.workbench.run(
            argv,
            readonly=(uv.binary(), *self.interpreter.readonly_paths, *([self.source] if self.source else [])),
            cwd=cwd,
            env=uv.ENVIRONMENT | self.workbench.reach(self.indexes),
            shown_as={self.source: "."} if self.source else None,
            on_line=self.on_line,
            should_stop=self.should_stop,
        )
        if finished.was_killed:
            raise explain.killed(f"Building {package.name}")
        if finished.returncode != 0:
            raise explain.build_failure(package.name, finished.output, self.interpreter.version)

    def _say(self, line: str) -> None:
        if self.on_line is not None:
            self.on_line(line)
