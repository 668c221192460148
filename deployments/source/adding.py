"""Requirements added to the file of a source that declares its packages."""

import tomllib
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Any

import tomlkit
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name
from tomlkit.exceptions import TOMLKitError

from deployments.failures import Failure
from deployments.source.reading import read_spec
from deployments.source.spec import DependencyKind
from packagerepos import requirement_files
from packagerepos.requirements import BadRequirements

LONGEST = 200
#: Before each hash of a line.
HASH = " --hash="


class CannotAdd(Exception):
    """Why not, for the person who asked; ``hint`` says what helps."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


def checked(text: str) -> str:
    """One requirement as it can stand in a file: a name, versions, extras, a marker. Raises ``CannotAdd``."""
    line = text.strip()
    shown = "".join(character if character.isprintable() else "�" for character in line[:80])
    try:
        requirement = Requirement(line)
    except InvalidRequirement:
        requirement = None
    if requirement is None or requirement.url or not line.isprintable() or len(line) > LONGEST:
        raise CannotAdd(
            f"“{shown}” is not a requirement that can be added.",
            'Write a name and, if you like, versions, for instance "pandas>=2.2".',
        )
    return line


def with_requirements(source: Path, lines: Sequence[str]) -> tuple[str, bytes]:
    """The name and the new content of the one file that changes; ``lines`` are ``checked``, or that with hashes.

    What is in the file already stays as it is written. Raises ``CannotAdd``.
    """
    try:
        spec = read_spec(source)
    except Failure as failure:
        raise CannotAdd(failure.message, failure.hint) from None
    if spec.dependencies is DependencyKind.UV_LOCK:
        raise CannotAdd(
            "The source has a uv.lock, which holds every package it may have; no line can be added to that here.",
            f"Run `uv add {' '.join(lines)}` where the source is, and deploy it with both files.",
        )
    write = WRITERS[spec.dependencies]
    return write(source, spec.requirements_file, lines)


def checks_hashes(source: Path) -> bool:
    """Whether only lines with hashes can be added. ``False`` also for what cannot be read."""
    try:
        spec = read_spec(source)
        is_file = spec.dependencies is DependencyKind.REQUIREMENTS
        return is_file and requirement_files.read(source, spec.requirements_file).checks_hashes
    except (Failure, BadRequirements):
        return False


def _requirements_file(source: Path, name: str, lines: Sequence[str]) -> tuple[str, bytes]:
    try:
        read = requirement_files.read(source, name)
        data = (source / name).read_bytes()
        text = data.decode("utf-8-sig")
    except BadRequirements as error:
        raise CannotAdd(str(error), error.hint) from None
    except (UnicodeDecodeError, OSError):
        raise CannotAdd(f"{name} is not UTF-8, so no line can be added to it.", "Add it to the source.") from None
    if read.checks_hashes and not all(HASH in line for line in lines):
        raise CannotAdd(
            f"{name} checks hashes, and a line without one would make all of them fail.",
            f"Add {', '.join(lines)} with the hashes of each file, and deploy again.",
        )
    _refuse_known(name, {line.name for line in read.requirements if line.name}, lines)
    if text.rstrip(" \t\r\n").endswith("\\"):
        raise CannotAdd(f"The last line of {name} is not finished: it ends with a backslash.", "Remove the backslash.")
    end = "\r\n" if "\r\n" in text else "\n"
    gap = "" if not text or text.endswith("\n") else end
    return name, data + (gap + "".join(f"{line}{end}" for line in lines)).encode()


def _new_requirements_file(source: Path, name: str, lines: Sequence[str]) -> tuple[str, bytes]:
    return name, "".join(f"{line}\n" for line in lines).encode()


def _pyproject(source: Path, _: str, lines: Sequence[str]) -> tuple[str, bytes]:
    name = str(DependencyKind.PYPROJECT)
    try:
        text = (source / name).read_text("utf-8")
        declared = tomllib.loads(text).get("project", {}).get("dependencies")
        document: Any = tomlkit.parse(text)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, TOMLKitError, AttributeError):
        raise CannotAdd(f"{name} cannot be read.", "Correct it, and deploy again.") from None
    if not isinstance(declared, list):
        raise CannotAdd(
            f"{name} does not list its packages in [project] dependencies, so none can be added there.",
            f"Add {', '.join(lines)} to the source, and deploy again.",
        )
    _refuse_known(name, {_name(each) for each in declared}, lines)
    for line in lines:
        document["project"]["dependencies"].append(line)
    return name, tomlkit.dumps(document).encode()


def _refuse_known(file: str, known: Collection[str], lines: Sequence[str]) -> None:
    again = [line for line in lines if _name(line) in known]
    if again:
        raise CannotAdd(
            f"{file} asks for {', '.join(again)} already.",
            "Look whether a marker leaves it out, or whether another version of it is needed.",
        )


def _name(text: object) -> str:
    try:
        return canonicalize_name(Requirement(str(text).partition(HASH)[0]).name)
    except InvalidRequirement:
        return ""


WRITERS: dict[DependencyKind, Callable[[Path, str, Sequence[str]], tuple[str, bytes]]] = {
    DependencyKind.REQUIREMENTS: _requirements_file,
    DependencyKind.PYPROJECT: _pyproject,
    DependencyKind.NONE: _new_requirements_file,
}
