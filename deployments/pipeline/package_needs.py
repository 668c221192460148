"""Which packages of a deployment need which: read when they are installed, kept with their lock."""

from collections.abc import Sequence

from deployments.models import Deployment, Environment
from deployments.operations import environments as rows
from deployments.pipeline import platform
from deployments.venvs import system_site
from deployments.venvs.inspecting import needs
from deployments.venvs.interpreters import Interpreter
from deployments.venvs.lock import Lock


def keep(
    deployment: Deployment, content: Lock, asked: Sequence[str], environment: Environment, interpreter: Interpreter
) -> None:
    """Once for each lock; nothing where the packages say too much to be read.

    ``asked`` are the requirements that it answers.
    """
    if deployment.lock is None or deployment.lock.needs is not None:
        return
    site = system_site.look(interpreter, [package.name for package in content.external])
    try:
        found = needs.read(
            platform.store().path(environment.key),
            [package.name for package in content.packages],
            asked,
            interpreter.markers,
            {name: package.requires for name, package in site.items()},
        )
    except needs.TooMuch:
        return
    rows.keep_needs(deployment.lock, found.to_json())
