"""The reference set S, locked once and made once in a store of its own, so that everything after that is warm."""

import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from deployments.source.spec import DependencyKind
from deployments.venvs import interpreters
from deployments.venvs.interpreters import Interpreter
from deployments.venvs.lock import Lock
from deployments.venvs.resolving.locking import LockRequest, lock
from deployments.venvs.store.built import Built
from deployments.venvs.store.environments import Store, environment_key, scope_for
from deployments.venvs.workbench import Workbench

#: With what these need about 18 packages, 2,300 modules and 180 MB.
REFERENCE_SET = "fastapi==0.165.0\nuvicorn==0.54.0\npandas==3.1.1\n"
PYTHON = "3.11"
UID = 64321


@dataclass(frozen=True)
class Place:
    """An empty store, and a source that asks for S. ``folder`` vanishes after the benchmark."""

    folder: Path
    interpreter: Interpreter
    store: Store
    bench: Workbench

    @property
    def source(self) -> Path:
        return self.folder / "source"

    @property
    def requirements(self) -> Path:
        return self.source / "requirements.txt"

    def lock(self) -> Lock:
        return lock(LockRequest(self.source, DependencyKind.REQUIREMENTS, self.interpreter), self.bench)

    def key(self, locked: Lock) -> str:
        return environment_key(locked, self.interpreter, scope_for(locked, self.bench.scope))

    def build(self, locked: Lock) -> Built:
        key = self.key(locked)
        return self.store.build(locked, self.interpreter, key, self.bench, source=self.source)


@contextmanager
def place() -> Iterator[Place]:
    folder = Path(tempfile.mkdtemp(prefix="slipway-bench-"))
    try:
        interpreter = interpreters.choose(interpreters.discover((), folder / "interpreters.json"), None, PYTHON)
        uid = UID if os.geteuid() == 0 else None
        bench = Workbench(folder / "scratch", folder / "cache", "bench", uid=uid)
        made = Place(folder, interpreter, Store(folder / "home"), bench)
        made.source.mkdir()
        made.requirements.write_text(REFERENCE_SET)
        yield made
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def timed(step: Callable[[], object]) -> float:
    """How many seconds it takes."""
    started = time.monotonic()
    step()
    return time.monotonic() - started


def verdict(kept: bool) -> str:
    return "kept" if kept else "MISSED"
