"""Environments against ``python -m venv`` and ``pip install -r``, side by side: ``python -m benchmarks.environments``.

(a) lock and environment with empty caches, at most 1/6 of pip; (b) a new environment from a warm cache, at most 1/20.
Both sides start from an empty home folder and ask the same public index.
"""

import os
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from deployments import shell
from deployments.source.spec import DependencyKind
from deployments.venvs import interpreters
from deployments.venvs.environments import Store, environment_key, scope_for
from deployments.venvs.interpreters import Interpreter
from deployments.venvs.lock import Lock
from deployments.venvs.locking import LockRequest, lock
from deployments.venvs.workbench import Workbench, certificates_env
from packagerepos.indexes import PYPI

REFERENCE_SET = "fastapi==0.165.0\nuvicorn==0.54.0\npandas==3.1.1\n"
COLD_TARGET, WARM_TARGET = 6, 20
UID = 64321


def main() -> None:
    folder = Path(tempfile.mkdtemp(prefix="slipway-bench-"))
    try:
        interpreter = interpreters.choose(interpreters.discover((), folder / "interpreters.json"), None, "3.11")
        source = folder / "source"
        source.mkdir()
        (source / "requirements.txt").write_text(REFERENCE_SET)
        cold_s, compile_s, warm_s = _ours(folder, source, interpreter)
        pip_s = _timed(lambda: _pip(folder, source, interpreter))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(f"python -m venv && pip install -r         {pip_s:6.2f} s")
    _report("(a) lock and environment, empty caches", cold_s, pip_s, COLD_TARGET)
    print(f"    byte-code, once, after the app is up: {compile_s:.2f} s (pip's time includes its own)")
    _report("(b) new environment, warm cache", warm_s, pip_s, WARM_TARGET)


def _ours(folder: Path, source: Path, interpreter: Interpreter) -> tuple[float, float, float]:
    uid = UID if os.geteuid() == 0 else None
    bench = Workbench(folder / "scratch", folder / "cache", "bench", uid=uid)
    store = Store(folder / "home")
    made: list[tuple[Lock, str]] = []

    def cold() -> None:
        locked = lock(LockRequest(source, DependencyKind.REQUIREMENTS, interpreter), bench)
        key = environment_key(locked, interpreter, scope_for(locked, bench.scope))
        store.build(locked, interpreter, key, bench)
        made.append((locked, key))

    cold_s = _timed(cold)
    locked, key = made[0]
    # What the platform does once the app is up; from then on byte-code is linked, not compiled.
    compile_s = _timed(lambda: store.compile(key, interpreter, bench))
    store.remove(key)
    return cold_s, compile_s, _timed(lambda: store.build(locked, interpreter, key, bench))


def _pip(folder: Path, source: Path, interpreter: Interpreter) -> None:
    home = folder / "pip-home"
    home.mkdir()
    bundle = certificates_env().get("SSL_CERT_FILE")
    env = {"HOME": str(home), "PATH": "/usr/bin:/bin", "PIP_CONFIG_FILE": os.devnull, "PIP_INDEX_URL": PYPI}
    env |= {"PIP_DISABLE_PIP_VERSION_CHECK": "1"} | ({"PIP_CERT": bundle} if bundle else {})
    requirements = str(source / "requirements.txt")
    for argv in (
        [str(interpreter.path), "-m", "venv", str(folder / "pip")],
        [str(folder / "pip/bin/pip"), "install", "-q", "-r", requirements],
    ):
        finished = shell.run(argv, timeout_s=600, env=env)
        if finished.returncode != 0:
            raise SystemExit(f"pip failed:\n{finished.output}")


def _timed(step: Callable[[], object]) -> float:
    started = time.monotonic()
    step()
    return time.monotonic() - started


def _report(name: str, ours_s: float, pip_s: float, target: int) -> None:
    verdict = "met" if ours_s * target <= pip_s else "MISSED"
    print(f"{name:40} {ours_s:6.2f} s   1/{pip_s / ours_s:.1f} of pip, target 1/{target}: {verdict}")


if __name__ == "__main__":
    main()
