"""manifest.json, as Posit Connect's clients write it beside a source."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deployments.failures import Failure, FailureKind
from deployments.source.files import read_text

MANIFEST = "manifest.json"
#: It names every file of the source with its hash.
LIMIT_BYTES = 16 * 1024 * 1024


@dataclass(frozen=True)
class Manifest:
    """``environment_management`` is ``None`` where the bundle does not say whether packages are to be installed."""

    environment_management: bool | None = None
    notices: tuple[str, ...] = ()


def read_manifest(source: Path) -> Manifest:
    """What ``{"environment": {"environment_management": {"python": false}}}`` says.

    A web page's manifest has the same name, so whatever is of another shape is none of ours.
    """
    chosen = _inner(_document(source), "environment", "environment_management").get("python")
    if chosen is None or isinstance(chosen, bool):
        return Manifest(chosen)
    notice = f"{MANIFEST}: environment.environment_management.python is neither true nor false. It was ignored."
    return Manifest(notices=(notice,))


def _document(source: Path) -> Any:
    try:
        return json.loads(read_text(source, MANIFEST, FailureKind.BAD_REQUIREMENTS, LIMIT_BYTES) or "null")
    except (Failure, ValueError, RecursionError):
        return None


def _inner(document: Any, *names: str) -> dict[str, Any]:
    for name in names:
        document = document.get(name) if isinstance(document, dict) else None
    return document if isinstance(document, dict) else {}
