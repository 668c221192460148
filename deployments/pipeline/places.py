"""Places of this machine, as the people who deploy know them."""

from collections.abc import Iterable, Iterator

from deployments import layout
from deployments.models import Deployment
from deployments.pipeline import platform
from deployments.pipeline.launches import StoredLaunch


def hidden(lines: Iterable[str], deployment: Deployment) -> Iterator[str]:
    """The lines of an instance without the folders it really lies in.

    Example: ``File "…/bundles/ab12/source/app.py"`` becomes ``File "app.py"``, and what lies in a package
    ``File "(packages)/flask/app.py"``.
    """
    names = _names(deployment)
    for line in lines:
        for place, name in names.items():
            line = line.replace(place, name)
        yield line


def _names(deployment: Deployment) -> dict[str, str]:
    """The most telling first: the packages lie in the environment."""
    launch = StoredLaunch.from_json(deployment.launch)
    interpreter = platform.interpreter_of(launch)
    environment = platform.store().path(launch.environment)
    source = layout.source(deployment.bundle)
    return {
        f"{source}/": "",
        str(source): ".",
        f"{environment}/lib/python{interpreter.minor}/site-packages": "(packages)",
        str(environment): "(environment)",
        str(interpreter.prefix): "(python)",
    }
