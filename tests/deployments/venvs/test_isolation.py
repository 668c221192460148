"""Environments beside each other: each has its own versions, and sees nothing of the others or of Python's site."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from deployments.venvs import uv
from deployments.venvs.interpreters import Interpreter
from deployments.venvs.lock import Lock
from deployments.venvs.resolving.locking import LockRequest, lock
from deployments.venvs.store.environments import Built, Store, environment_key, scope_for
from deployments.venvs.workbench import Workbench, certificates_env
from tests import own_python

LOCAL = "--no-index\n--find-links ./wheels\n"
SEEN = """
import importlib
for name in ("tool", "neighbour", "sites"):
    try:
        print(name, importlib.import_module(name).VERSION)
    except ImportError:
        print(name, "none")
"""


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory, make_wheel: Callable[..., Path]) -> Interpreter:
    """Its own site holds ``sites``, and an older ``tool``."""
    folder = tmp_path_factory.mktemp("own-python")
    wheels = [
        make_wheel(folder, name, "0.1", files={f"{name}.py": "VERSION = '0.1 of the site'\n"})
        for name in ("sites", "tool")
    ]
    return own_python.of(own_python.make(folder, wheels))


def test_apps_have_their_own_versions_and_see_no_others(
    request_for: Callable[..., LockRequest], store: Store, python: Interpreter, bench: Workbench, source: Path,
    make_wheel: Callable[..., Path],
) -> None:  # fmt: skip
    for name, version in (("tool", "1.0"), ("tool", "2.0"), ("neighbour", "1.0")):
        make_wheel(source / "wheels", name, version, files={f"{name}.py": f"VERSION = {version!r}\n"})

    def build(text: str) -> Built:
        locked = lock(request_for(LOCAL + text, interpreter=python), bench)
        key = environment_key(locked, python, scope_for(locked, bench.scope))
        return store.build(locked, python, key, bench, source=source)

    old, new, bare = build("tool==1.0\nneighbour\n"), build("tool==2.0\n"), build("neighbour\n")

    assert seen(old) == ["tool 1.0", "neighbour 1.0", "sites none"]
    assert seen(new) == ["tool 2.0", "neighbour none", "sites none"]
    assert seen(bare) == ["tool none", "neighbour 1.0", "sites none"]


def seen(built: Built) -> list[str]:
    argv = [built.path / "bin/python", "-c", SEEN]
    return subprocess.run(argv, capture_output=True, text=True, env={}, cwd="/", check=True).stdout.splitlines()


class TestTheLockAsAFile:
    """What people download: pip and uv install it, and refuse anything but these very files."""

    @pytest.fixture
    def locked(self, request_for: Callable[..., LockRequest], bench: Workbench) -> Lock:
        return lock(request_for("python-dateutil==2.9.0.post0\n"), bench)

    def install(self, tool: str, text: str, folder: Path) -> "subprocess.CompletedProcess[str]":
        folder.mkdir()
        (folder / "requirements.lock").write_text(text)
        argv = [str(uv.binary()), "pip"] if tool == "uv" else [sys.executable, "-m", "pip"]
        more = ["--python", sys.executable] if tool == "uv" else ["--disable-pip-version-check"]
        env = {"PATH": "/usr/bin:/bin", "HOME": str(folder), "UV_CACHE_DIR": str(folder / "cache")} | certificates_env()
        return subprocess.run(
            [*argv, "install", "-q", *more, "--require-hashes", "--target", str(folder / "site"), "-r",
             str(folder / "requirements.lock")],
            capture_output=True, text=True, env=env, cwd=folder, timeout=120,
        )  # fmt: skip

    @pytest.mark.parametrize("tool", ["pip", "uv"])
    def test_is_installed_with_hash_checking(self, locked: Lock, tmp_path: Path, tool: str) -> None:
        done = self.install(tool, locked.requirements_text, tmp_path / tool)

        assert done.returncode == 0, done.stderr
        assert {path.name for path in (tmp_path / tool / "site").glob("*.dist-info")} == {
            f"{name.replace('-', '_')}-{version}.dist-info"
            for name, version in ((package.name, package.version) for package in locked.packages)
        }

    @pytest.mark.parametrize("tool", ["pip", "uv"])
    def test_is_refused_with_another_hash(self, locked: Lock, tmp_path: Path, tool: str) -> None:
        forged = locked.requirements_text
        for digest in locked.packages[-1].hashes:
            forged = forged.replace(digest, f"sha256:{'0' * 64}")

        done = self.install(tool, forged, tmp_path / tool)

        assert done.returncode != 0
        assert "hash" in done.stderr.lower()
