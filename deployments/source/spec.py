"""What an uploaded source asks for, whichever of its files said so."""

from dataclasses import dataclass, field
from enum import StrEnum


class DependencyKind(StrEnum):
    """Which file declares the packages; the first that exists wins, in this order."""

    REQUIREMENTS = "requirements.txt"
    UV_LOCK = "uv.lock"
    PYPROJECT = "pyproject.toml"
    NONE = "none"


@dataclass(frozen=True)
class EnvEntry:
    """One entry of ``env`` in app.yaml: a plain value, or the name of a resource it comes from."""

    name: str
    value: str | None = None
    value_from: str | None = None


@dataclass(frozen=True)
class PythonRequest:
    """The interpreter asked for: a PEP 440 specifier set, and the file that said so."""

    specifier: str
    origin: str


@dataclass(frozen=True)
class Declared:
    """How a manifest.json says the source is served: ("python-fastapi", "app:api"). Neither is checked."""

    mode: str
    entry_point: str


@dataclass(frozen=True)
class AppSpec:
    """One source folder, read. Absent things are ``None`` or empty; nothing is guessed here.

    ``requirements_file`` counts where the dependencies are those of a requirements file. ``made_with`` is the minor
    of the Python that the source was written with ("3.11"): wanted where nothing is asked for.
    """

    command: tuple[str, ...] | None = None
    declared: Declared | None = None
    env: tuple[EnvEntry, ...] = ()
    dependencies: DependencyKind = DependencyKind.NONE
    requirements_file: str = str(DependencyKind.REQUIREMENTS)
    python: PythonRequest | None = None
    made_with: str | None = None
    environment_management: bool | None = None
    notices: tuple[str, ...] = field(default=())
