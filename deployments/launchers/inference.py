"""From a source folder, or a command someone gave, to the way it is served."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from deployments.failures import Failure, FailureKind
from deployments.launchers import dash, django, fastapi, flask, gradio, script, streamlit
from deployments.launchers.base import AppKind, Launch, Launcher
from deployments.launchers.environment import EVERY_APP
from deployments.launchers.findings import nothing_found
from deployments.launchers.modules import Source

#: Asked of each file in turn: what holds other apps before what may be held (Dash in FastAPI, Flask in Dash),
#: an object before a mere import.
OF_A_FILE: tuple[Launcher, ...] = (fastapi.detect, dash.detect, flask.detect, gradio.detect, streamlit.detect)
#: Asked when no file holds an app: functions that make one.
OF_A_FACTORY: tuple[Launcher, ...] = (fastapi.detect_factory, flask.detect_factory)


def infer(source: Path) -> Launch:
    """How to serve ``source``, read from its files alone.

    In this order: a Django project (manage.py); the first file of ``modules.ENTRY_FILES``, src/, packages and the rest
    that holds an app; the first that makes one in a factory; a plain program. Raises ``Failure`` NO_ENTRY_POINT.
    """
    tree = Source(source)
    launch = django.detect(tree) or _first(OF_A_FILE, tree) or _first(OF_A_FACTORY, tree) or script.detect(tree)
    if launch is None:
        raise nothing_found(tree)
    return complete(launch)


def explicit(command: Sequence[str], *, origin: str = "app.yaml") -> Launch:
    """The command that ``origin`` gives, word by word as it stands: no shell. Raises ``Failure`` BAD_APP_YAML."""
    if not command or not command[0].strip() or any("\0" in word for word in command):
        raise Failure(
            FailureKind.BAD_APP_YAML,
            f"The command in {origin} names no program.",
            'Write it as a list of words, for instance: command: ["python", "app.py"]',
        )
    return complete(Launch("command", AppKind.WEB_APP, tuple(command), f"{origin} gives the command."))


def _first(launchers: tuple[Launcher, ...], source: Source) -> Launch | None:
    for module in source.entry_modules():
        for detect in launchers:
            launch = detect(module)
            if launch is not None:
                return launch
    return None


def complete(launch: Launch) -> Launch:
    """With what every app gets."""
    return replace(launch, env={**EVERY_APP, **launch.env})
