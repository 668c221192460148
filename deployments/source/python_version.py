"""Which Python a source asks for: .python-version first, then requires-python."""

import re
from pathlib import Path

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import InvalidVersion, Version

from deployments.failures import Failure, FailureKind
from deployments.source.files import read_text
from deployments.source.pyproject import Pyproject
from deployments.source.refusals import quoted
from deployments.source.spec import PythonRequest

FILE = ".python-version"
REQUIRES_PYTHON = "requires-python in pyproject.toml"
POETRY_PYTHON = "the Python of tool.poetry.dependencies in pyproject.toml"
#: "cpython-3.11.7-linux-x86_64-gnu" as uv writes it, "python3.12", "cpython@3.12", "3.12".
NAMED_VERSION = re.compile(
    r"(?:(?:c?python)[-@]?)?v?(\d[\w.]*)(?:-(?:dev|linux|macos|windows|any)[\w-]*)?", re.IGNORECASE
)
OTHER_PYTHON = re.compile(
    r"(pypy|graalpy|jython|miniconda|anaconda|miniforge|mambaforge|stackless|ironpython)", re.IGNORECASE
)
#: Every version that two requests could agree on, for finding out whether they contradict each other.
CANDIDATES = [Version(f"3.{minor}.{patch}") for minor in range(6, 21) for patch in range(31)]
WRITE_VERSION = "Write a version such as 3.12, or a range such as >=3.11."


def python_request(source: Path, pyproject: Pyproject | None) -> tuple[PythonRequest | None, tuple[str, ...]]:
    """What is asked for, and notices. Raises ``Failure`` (NO_INTERPRETER) for what is no Python version."""
    pinned = _from_file(source)
    declared = _from_pyproject(pyproject)
    if pinned and declared and _contradict(pinned, declared):
        notice = (
            f"{FILE} asks for Python {pinned.specifier} and was followed; "
            f"{declared.origin} asks for {declared.specifier}, which contradicts it."
        )
        return pinned, (notice,)
    return pinned or declared, ()


def _from_file(source: Path) -> PythonRequest | None:
    text = read_text(source, FILE, FailureKind.NO_INTERPRETER, limit_bytes=4096)
    lines = (line.partition("#")[0].strip() for line in (text or "").splitlines())
    # pyenv allows several versions, one a line: the first is the one that `python` runs.
    asked = next((line for line in lines if line), "")
    if not asked or asked == "system":
        return None
    return PythonRequest(version_specifier(asked), FILE)


def version_specifier(asked: str) -> str:
    """``asked`` as a PEP 440 specifier set: "3.12" becomes "==3.12.*", "cpython-3.11.7" "==3.11.7".

    Raises ``Failure`` (NO_INTERPRETER) for anything that is no version of CPython.
    """
    if asked[0] in "<>=!~":
        return _specifier(asked, FILE)
    if OTHER_PYTHON.match(asked):
        raise _no_interpreter(f"{FILE} asks for {quoted(asked)}, but Slipway runs apps with CPython only.")
    match = NAMED_VERSION.fullmatch(asked.split()[0])
    version = match[1] if match else ""
    if version.endswith("t"):
        raise _no_interpreter(f"{FILE} asks for {quoted(asked)}, a free-threaded Python, which Slipway does not offer.")
    try:
        parsed = Version(version)
    except InvalidVersion:
        raise _no_interpreter(f"{FILE} says {quoted(asked)}, which is no version of Python.") from None
    is_exact = len(parsed.release) > 2 or str(parsed) != parsed.base_version
    return _specifier(f"=={parsed}" if is_exact else f"=={parsed}.*", FILE)


def _from_pyproject(pyproject: Pyproject | None) -> PythonRequest | None:
    if pyproject is None:
        return None
    if pyproject.requires_python:
        return PythonRequest(_specifier(pyproject.requires_python, REQUIRES_PYTHON), REQUIRES_PYTHON)
    if pyproject.poetry_python and (specifier := poetry_specifier(pyproject.poetry_python)):
        return PythonRequest(_specifier(specifier, POETRY_PYTHON), POETRY_PYTHON)
    return None


def poetry_specifier(constraint: str) -> str:
    """Poetry's own operators as PEP 440: "^3.11" becomes ">=3.11,<4", "~3.11" ">=3.11,<3.12"; "*" is empty."""
    return ",".join(part for part in map(_poetry_part, constraint.split(",")) if part)


def _poetry_part(part: str) -> str:
    part = part.strip()
    operator, version = part[:1], part[1:].strip()
    if operator not in ("^", "~") or part.startswith("~="):
        return "" if part == "*" else f"=={part}" if part[:1].isdigit() else part
    numbers = re.findall(r"\d+", version)
    if not numbers:
        return part
    if operator == "^" or len(numbers) == 1:
        return f">={version},<{int(numbers[0]) + 1}"
    return f">={version},<{numbers[0]}.{int(numbers[1]) + 1}"


def _specifier(text: str, origin: str) -> str:
    try:
        return str(SpecifierSet(text))
    except InvalidSpecifier:
        raise _no_interpreter(f"{origin} says {quoted(text)}, which is no range of Python versions.") from None


def _contradict(one: PythonRequest, other: PythonRequest) -> bool:
    both = SpecifierSet(one.specifier) & SpecifierSet(other.specifier)
    return not any(both.contains(version, prereleases=True) for version in CANDIDATES)


def _no_interpreter(message: str) -> Failure:
    return Failure(FailureKind.NO_INTERPRETER, message, WRITE_VERSION)
