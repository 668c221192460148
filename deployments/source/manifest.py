"""manifest.json, as Posit Connect's clients write it beside a source."""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from packaging.specifiers import InvalidSpecifier, SpecifierSet

from deployments.failures import Failure, FailureKind
from deployments.source.files import has, read_text
from deployments.source.spec import Declared, PythonRequest

MANIFEST = "manifest.json"
#: It names every file of the source with its hash.
LIMIT_BYTES = 16 * 1024 * 1024
REQUIRES = f"environment.python.requires in {MANIFEST}"
#: Linux has no longer name of a file; nothing else that is read here is as long.
LONGEST_TEXT = 255
VERSION = re.compile(r"(3\.\d{1,2})(\.\w+)*")


@dataclass(frozen=True)
class Manifest:
    """``environment_management`` is ``None`` where the bundle does not say whether packages are to be installed.

    ``made_with`` is the minor of the Python ("3.11") that whoever wrote it used.
    """

    declared: Declared | None = None
    environment_management: bool | None = None
    python: PythonRequest | None = None
    made_with: str | None = None
    requirements_file: str | None = None
    notices: tuple[str, ...] = ()


def read_manifest(source: Path) -> Manifest:
    """What a document like this says::

        {"version": 1, "metadata": {"appmode": "python-fastapi", "entrypoint": "app"},
         "python": {"version": "3.11.7", "package_manager": {"package_file": "requirements.txt"}},
         "environment": {"python": {"requires": "~=3.11"}, "environment_management": {"python": false}}}

    A web page's manifest has the same name, so whatever is of another shape is none of ours.
    """
    document = _document(source)
    management, management_notices = _management(document)
    python, python_notices = _python(document)
    made_with = VERSION.fullmatch(_text(_inner(document, "python"), "version"))
    return Manifest(
        declared=_declared(document),
        environment_management=management,
        python=python,
        made_with=made_with[1] if made_with else None,
        requirements_file=_requirements_file(source, document),
        notices=(*management_notices, *python_notices),
    )


def _declared(document: Any) -> Declared | None:
    metadata = _inner(document, "metadata")
    mode = _text(metadata, "appmode")
    return Declared(mode, _text(metadata, "entrypoint")) if mode else None


def _management(document: Any) -> tuple[bool | None, tuple[str, ...]]:
    chosen = _inner(document, "environment", "environment_management").get("python")
    if chosen is None or isinstance(chosen, bool):
        return chosen, ()
    notice = f"{MANIFEST}: environment.environment_management.python is neither true nor false. It was ignored."
    return None, (notice,)


def _python(document: Any) -> tuple[PythonRequest | None, tuple[str, ...]]:
    asked = _text(_inner(document, "environment", "python"), "requires")
    if not asked:
        return None, ()
    try:
        return PythonRequest(str(SpecifierSet(asked)), REQUIRES), ()
    except InvalidSpecifier:
        return None, (f"{MANIFEST}: environment.python.requires is no range of Python versions. It was ignored.",)


def _requirements_file(source: Path, document: Any) -> str | None:
    """The client writes ``requirements.txt.lock`` from a ``uv.lock``, or takes what it was given with ``-r``."""
    name = _text(_inner(document, "python", "package_manager"), "package_file")
    return name if name and "\0" not in name and has(source, name) else None


def _document(source: Path) -> Any:
    try:
        return json.loads(read_text(source, MANIFEST, FailureKind.BAD_REQUIREMENTS, LIMIT_BYTES) or "null")
    except (Failure, ValueError, RecursionError):
        return None


def _inner(document: Any, *names: str) -> dict[str, Any]:
    for name in names:
        document = document.get(name) if isinstance(document, dict) else None
    return document if isinstance(document, dict) else {}


def _text(content: dict[str, Any], name: str) -> str:
    value = content.get(name)
    return value if isinstance(value, str) and len(value) <= LONGEST_TEXT else ""
