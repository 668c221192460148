"""A new environment of S from a warm cache and the first import in it, against uv and against venv with pip.

python -m benchmarks.first_import: at most half of ``uv venv && uv pip install``, 1/15 of ``python -m venv && pip
install``, each with the same import. All three have installed the same packages before; the files are in memory.
"""

import statistics
from pathlib import Path

from benchmarks.others import Others, run
from benchmarks.reference import Place, place, timed, verdict
from deployments import sandbox
from deployments.venvs.lock import Lock
from deployments.venvs.store.built import Built

IMPORT = "import fastapi, uvicorn, pandas"
#: Other work on the machine disturbs: the median of so many, in turns. pip takes too long for more than one.
ROUNDS = 5
ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}
UV_TARGET, PIP_TARGET = 2, 15


def main() -> bool:
    with place() as at:
        locked = _warm(at)
        others = Others(at.folder / "others", at.interpreter.path, at.requirements)
        others.uv("warm-uv")
        others.warm_pip()
        ours_s, uv_s = list[float](), list[float]()
        for number in range(ROUNDS):
            at.store.remove(at.key(locked))
            ours_s.append(timed(lambda: _import_inside(at, at.build(locked))))
            uv_s.append(timed(lambda name=f"uv-{number}": _import(others.uv(name))))  # type: ignore[misc]
        pip_s = timed(lambda: _import(others.pip("pip")))
        again_s = timed(lambda: _import_inside(at, at.store.built(at.key(locked))))
    print(f"New environment and first {IMPORT!r}, warm caches (the import alone, once more: {again_s:.2f} s)")
    ours = statistics.median(ours_s)
    half = _report("uv venv && uv pip install", ours, statistics.median(uv_s), UV_TARGET)
    return _report("python -m venv && pip install", ours, pip_s, PIP_TARGET) and half


def _warm(at: Place) -> Lock:
    locked = at.lock()
    at.build(locked)
    at.store.compile(at.key(locked), at.interpreter, at.bench)
    return locked


def _import(environment: Path) -> None:
    run([str(environment / "bin/python"), "-c", IMPORT], ENVIRONMENT)


def _import_inside(at: Place, built: Built) -> None:
    """Ours is whole only in a sandbox, which the others do without: what it costs counts."""
    box = sandbox.Sandbox(
        at.bench.home, at.bench.uid, readonly=(built.path, *at.interpreter.readonly_paths), mounts=built.mounts
    )
    run(sandbox.command(box, [str(built.path / "bin/python"), "-c", IMPORT]), ENVIRONMENT)


def _report(name: str, ours_s: float, theirs_s: float, target: int) -> bool:
    kept = ours_s * target <= theirs_s
    print(
        f"  {name:32} {theirs_s:6.2f} s   ours {ours_s:5.2f} s   1/{theirs_s / ours_s:.1f}, "
        f"limit 1/{target}: {verdict(kept)}"
    )
    return kept


if __name__ == "__main__":
    main()
