"""The Python interpreters of this machine, and which of them a source gets."""

import json
import os
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.tags import Tag, compatible_tags, cpython_tags
from packaging.version import Version

from deployments import shell
from deployments.failures import Failure, FailureKind
from deployments.source.spec import PythonRequest

OLDEST = Version("3.8")
PROBE = Path(__file__).with_name("probe_interpreter.py")
PROBE_TIMEOUT_S = 20.0
EXECUTABLE = re.compile(r"python3(\.\d+)?$")


@dataclass(frozen=True)
class Interpreter:
    """One CPython. ``path`` is the real executable, ``readonly_paths`` what a sandbox must show to run it.

    ``markers`` is what the markers of requirements are judged by.
    """

    path: Path
    version: str
    prefix: Path
    readonly_paths: tuple[Path, ...]
    platform: str
    cache_tag: str
    markers: Mapping[str, str] = field(repr=False, hash=False)

    @property
    def minor(self) -> str:
        """``"3.11"``"""
        return ".".join(self.version.split(".")[:2])

    @property
    def tags(self) -> tuple[Tag, ...]:
        """The wheel tags it accepts, best first."""
        major, minor = (int(part) for part in self.minor.split("."))
        best = cpython_tags((major, minor))
        return (*best, *compatible_tags((major, minor), f"cp{major}{minor}"))

    @property
    def identity(self) -> str:
        """What an environment made with this interpreter depends on, its place and exact version among it."""
        return f"{self.cache_tag} {self.version} {self.platform} {self.path}"


def discover(extra: Sequence[Path], cache: Path) -> tuple[Interpreter, ...]:
    """Every CPython from 3.8 on, one per installation: ``extra`` (programs or folders), PATH, pyenv, uv, /opt/python.

    ``cache`` is a file; an executable that has not changed since is not asked again.
    """
    known = _read(cache)
    # Many names (python3, a virtual environment's python) lead to one program.
    programs = dict.fromkeys(os.path.realpath(path) for path in _candidates(extra))
    stamps = {path: stamp for path in programs if (stamp := _stamp(path))}
    asked = {path: known[path] for path in stamps if known.get(path, {}).get("stamp") == stamps[path]}
    fresh = [path for path in stamps if path not in asked]
    if fresh:
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            for path, answer in zip(fresh, pool.map(_probe, fresh), strict=True):
                asked[path] = {"stamp": stamps[path], "answer": answer}
        _write(cache, asked)
    found = [_interpreter(asked[path]["answer"]) for path in stamps if asked[path]["answer"]]
    # A copied virtual environment names the program it was copied from.
    return tuple({interpreter.path: interpreter for interpreter in reversed(found)}.values())[::-1]


def choose(
    interpreters: Sequence[Interpreter], request: PythonRequest | None, default: str | None = None
) -> Interpreter:
    """The interpreter for ``request``: of the ``default`` minor ("3.12") if that fits, else the newest that fits.

    Pre-releases are taken only when asked for by name. Raises ``Failure(NO_INTERPRETER)``.
    """
    asked = _specifier(request)
    fitting = [found for found in interpreters if asked.contains(found.version, prereleases=asked.prereleases or False)]
    preferred = [found for found in fitting if found.minor == default]
    if not fitting:
        raise _none_fits(interpreters, request)
    return max(preferred or fitting, key=lambda found: Version(found.version))


def _specifier(request: PythonRequest | None) -> SpecifierSet:
    try:
        return SpecifierSet(request.specifier if request else "")
    except InvalidSpecifier:
        assert request is not None
        raise Failure(
            FailureKind.NO_INTERPRETER,
            f"{request.origin} asks for Python {request.specifier!r}, which is not a version.",
            'Write a version such as "3.12" or a range such as ">=3.10".',
        ) from None


def _none_fits(interpreters: Iterable[Interpreter], request: PythonRequest | None) -> Failure:
    versions = sorted({found.version for found in interpreters}, key=Version)
    have = ", ".join(versions) if versions else "none"
    if request is None:
        return Failure(FailureKind.NO_INTERPRETER, f"No Python interpreter can be used here (found: {have}).")
    return Failure(
        FailureKind.NO_INTERPRETER,
        f"{request.origin} asks for Python {request.specifier}, which is not installed here.",
        f"Ask for one of these versions: {have}.",
    )


def _candidates(extra: Sequence[Path]) -> Iterator[str]:
    home = Path(os.environ.get("HOME") or "/")
    pyenv = Path(os.environ.get("PYENV_ROOT") or home / ".pyenv")
    uv = Path(os.environ.get("UV_PYTHON_INSTALL_DIR") or home / ".local/share/uv/python")
    folders = [*(Path(part) for part in os.environ.get("PATH", "").split(os.pathsep) if part), Path("/usr/bin")]
    folders += [Path("/usr/local/bin")]
    for root in (pyenv / "versions", uv, Path("/opt/python")):
        folders += sorted(root.glob("*/bin"))
    for path in extra:
        folders += [path, path / "bin"] if path.is_dir() else []
    yield from (str(path) for path in extra if path.is_file())
    # The platform's own runs for certain, wherever it was installed.
    yield sys.executable
    for folder in folders:
        # A shim is a shell script that runs whatever its user chose today.
        if folder.name != "shims":
            yield from sorted(str(path) for path in folder.glob("python3*") if EXECUTABLE.match(path.name))


def _stamp(path: str) -> str | None:
    try:
        status = os.stat(path)
    except OSError:
        return None
    return f"{status.st_mtime_ns} {status.st_size} {PROBE.stat().st_mtime_ns}"


def _probe(path: str) -> dict[str, Any] | None:
    env = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}
    try:
        finished = shell.run([path, "-I", str(PROBE)], timeout_s=PROBE_TIMEOUT_S, env=env)
        answer: dict[str, Any] = json.loads("".join(finished.tail))
    except (shell.TimedOut, OSError, ValueError):
        return None
    usable = answer["markers"]["implementation_name"] == "cpython" and not answer["free_threaded"]
    return answer if usable and Version(answer["version"]) >= OLDEST else None


def _interpreter(answer: Mapping[str, Any]) -> Interpreter:
    return Interpreter(
        path=Path(answer["path"]),
        version=answer["version"],
        prefix=Path(answer["prefix"]),
        readonly_paths=tuple(Path(path) for path in answer["readonly_paths"]),
        platform=answer["platform"],
        cache_tag=answer["cache_tag"],
        markers=answer["markers"],
    )


def _read(cache: Path) -> dict[str, Any]:
    try:
        data = json.loads(cache.read_text())
    except (OSError, ValueError):
        return {}
    return data if isinstance(data, dict) else {}


def _write(cache: Path, asked: Mapping[str, Any]) -> None:
    cache.parent.mkdir(parents=True, exist_ok=True)
    new = cache.with_name(f"{cache.name}.{os.getpid()}")
    new.write_text(json.dumps(asked))
    new.replace(cache)
