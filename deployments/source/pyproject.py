"""pyproject.toml: whether it declares dependencies, and for which Python."""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deployments.failures import Failure, FailureKind
from deployments.source.files import read_text

NAME = "pyproject.toml"


@dataclass(frozen=True)
class Pyproject:
    """``requires_python`` is as written, in ``origin``'s own syntax."""

    declares_dependencies: bool = False
    requires_python: str | None = None
    poetry_python: str | None = None


def read_pyproject(source: Path) -> Pyproject | None:
    """``None`` when there is no pyproject.toml. Raises ``Failure`` (BAD_REQUIREMENTS) when it is no TOML."""
    text = read_text(source, NAME, FailureKind.BAD_REQUIREMENTS)
    if text is None:
        return None
    try:
        document = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        reason = str(error) if isinstance(error, tomllib.TOMLDecodeError) else "it is nested too deeply"
        raise Failure(
            FailureKind.BAD_REQUIREMENTS,
            f"pyproject.toml is not valid TOML: {reason[:200]}.",
            "Correct that line and deploy again.",
        ) from None
    project = _table(document, "project")
    poetry = _table(document, "tool", "poetry", "dependencies")
    return Pyproject(
        declares_dependencies="dependencies" in project or "dependencies" in _dynamic(project) or bool(poetry),
        requires_python=_text(project.get("requires-python")),
        poetry_python=_text(poetry.get("python")),
    )


def _table(document: dict[str, Any], *path: str) -> dict[str, Any]:
    table: Any = document
    for key in path:
        table = table.get(key) if isinstance(table, dict) else None
    return table if isinstance(table, dict) else {}


def _dynamic(project: dict[str, Any]) -> list[Any]:
    dynamic = project.get("dynamic")
    return dynamic if isinstance(dynamic, list) else []


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None
