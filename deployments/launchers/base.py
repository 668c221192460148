"""What a launcher is: it recognises one framework in a source folder and says how to serve it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from deployments.launchers.modules import Module


class AppKind(StrEnum):
    """Whether a person or a program is expected to look at it."""

    WEB_APP = "web_app"
    API = "api"


@dataclass(frozen=True)
class Launch:
    """How to serve a source.

    The engine fills in ``$PORT`` and ``$DATABRICKS_APP_PORT`` in ``argv`` and in the values of ``env``.
    ``env`` gives way to what the app itself sets under the same name.
    ``requirements`` are bare names (a server, say), each added only where the app's own requirements lack that name;
    ``evidence`` is the sentence for the build log, e.g. "main.py assigns FastAPI() to 'app'.".
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

    def __call__(self, module: Module, /) -> Launch | None:
        """How to serve the app that ``module`` holds, or ``None`` when it holds none of this framework."""
