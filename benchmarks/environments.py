"""Environments against ``python -m venv`` and ``pip install -r``, side by side: ``python -m benchmarks.environments``.

(a) lock and environment with empty caches, at most 1/6 of pip; (b) a new environment from a warm cache, at most 1/20.
Both sides start from an empty home folder and ask the same public index.
"""

from benchmarks.others import Others
from benchmarks.reference import Place, place, timed, verdict
from deployments.venvs.lock import Lock

COLD_TARGET, WARM_TARGET = 6, 20


def main() -> bool:
    with place() as at:
        cold_s, compile_s, warm_s = _ours(at)
        others = Others(at.folder / "others", at.interpreter.path, at.requirements)
        pip_s = timed(lambda: others.pip("pip"))
    print(f"python -m venv && pip install -r         {pip_s:6.2f} s")
    cold = _report("(a) lock and environment, empty caches", cold_s, pip_s, COLD_TARGET)
    print(f"    byte-code, once, after the app is up: {compile_s:.2f} s (pip's time includes its own)")
    return _report("(b) new environment, warm cache", warm_s, pip_s, WARM_TARGET) and cold


def _ours(at: Place) -> tuple[float, float, float]:
    made: list[Lock] = []

    def cold() -> None:
        made.append(at.lock())
        at.build(made[0])

    cold_s = timed(cold)
    key = at.key(made[0])
    # What the platform does once the app is up; from then on byte-code is linked, not compiled.
    compile_s = timed(lambda: at.store.compile(key, at.interpreter, at.bench))
    at.store.remove(key)
    return cold_s, compile_s, timed(lambda: at.build(made[0]))


def _report(name: str, ours_s: float, pip_s: float, target: int) -> bool:
    kept = ours_s * target <= pip_s
    print(f"{name:40} {ours_s:6.2f} s   1/{pip_s / ours_s:.1f} of pip, target 1/{target}: {verdict(kept)}")
    return kept


if __name__ == "__main__":
    main()
