"""What a launcher is: it recognises one framework in a source folder and says how to serve it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Protocol


class AppKind(StrEnum):
    WEB_APP = "web_app"
    API = "api"


@dataclass(frozen=True)
class Launch:
    """How to serve a source. ``$PORT`` and ``$DATABRICKS_APP_PORT`` in ``argv`` and in the values of ``env`` are filled in by the engine.

    ``requirements`` are what the launcher adds when the app's own do not bring it (a server, say);
    ``evidence`` is the sentence for the build log, e.g. "main.py assigns FastAPI() to 'app'".
    The working folder is the source folder; ``argv[0]`` is looked up in the environment's ``bin`` first.
    """

    framework: str
    kind: AppKind
    argv: tuple[str, ...]
    evidence: str
    env: Mapping[str, str] = field(default_factory=dict)
    requirements: tuple[str, ...] = ()


class Launcher(Protocol):
    """One framework. Reads files, never imports or runs them: the source is a stranger's."""

    framework: str

    def detect(self, source: Path) -> Launch | None:
        """How to serve ``source``, or ``None`` when it is not of this framework."""
