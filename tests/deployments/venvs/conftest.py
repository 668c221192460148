"""Real interpreters, a real sandbox, and small wheels made on the spot."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from deployments.source.spec import DependencyKind
from deployments.venvs import interpreters
from deployments.venvs.interpreters import Interpreter
from deployments.venvs.resolving.locking import LockRequest
from deployments.venvs.store.environments import Store
from deployments.venvs.workbench import Workbench
from tests.wheels import build_wheel

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
        return LockRequest(**values)

    return make


@pytest.fixture(scope="session")
def make_wheel() -> MakeWheel:
    return build_wheel
