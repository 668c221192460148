"""Real interpreters, a real sandbox, and small wheels made on the spot."""

import base64
import hashlib
import os
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from deployments.source.spec import DependencyKind
from deployments.venvs import interpreters
from deployments.venvs.environments import Store
from deployments.venvs.interpreters import Interpreter
from deployments.venvs.locking import LockRequest
from deployments.venvs.workbench import Workbench

STRANGER = 64321

MakeWheel = Callable[..., Path]


@pytest.fixture(scope="session")
def found(tmp_path_factory) -> tuple[Interpreter, ...]:
    return interpreters.discover((), tmp_path_factory.mktemp("interpreters") / "cache.json")


@pytest.fixture(scope="session")
def interpreter(found) -> Interpreter:
    return interpreters.choose(found, None)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "source"
    path.mkdir()
    return path


@pytest.fixture
def bench(tmp_path: Path) -> Workbench:
    uid = STRANGER if os.geteuid() == 0 else None
    return Workbench(tmp_path / "scratch", tmp_path / "cache", "north", uid=uid, timeout_s=120)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "home")


@pytest.fixture
def request_for(source: Path, interpreter: Interpreter) -> Callable[..., LockRequest]:
    """A request for the requirements ``text`` in the source folder."""

    def make(text: str, **more: object) -> LockRequest:
        (source / "requirements.txt").write_text(text)
        values = {"source": source, "dependencies": DependencyKind.REQUIREMENTS, "interpreter": interpreter} | more
        return LockRequest(**values)  # type: ignore[arg-type]

    return make


@pytest.fixture(scope="session")
def make_wheel() -> MakeWheel:
    return build_wheel


def build_wheel(
    folder: Path,
    name: str,
    version: str = "1.0",
    *,
    needs: tuple[str, ...] = (),
    python: str = ">=3.8",
    files: Mapping[str, str] | None = None,
) -> Path:
    """A pure wheel with RECORD, as any builder would make it."""
    folder.mkdir(parents=True, exist_ok=True)
    about = f"{name}-{version}.dist-info"
    requires = "".join(f"Requires-Dist: {need}\n" for need in needs)
    contents = dict(files if files is not None else {f"{name}.py": f"VERSION = {version!r}\n"})
    contents |= {
        f"{about}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
        f"Requires-Python: {python}\n{requires}",
        f"{about}/WHEEL": "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    rows = []
    path = folder / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for member, text in contents.items():
            archive.writestr(member, text)
            digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
            rows.append(f"{member},sha256={digest},{len(text.encode())}")
        archive.writestr(f"{about}/RECORD", "\n".join([*rows, f"{about}/RECORD,,", ""]))
    return path
