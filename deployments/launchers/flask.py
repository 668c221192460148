"""Flask and every other WSGI object, served by gunicorn."""

from deployments.launchers import pages, servers
from deployments.launchers.base import Launch
from deployments.launchers.modules import Module
from deployments.launchers.objects import Interface, Made, factories, held


def detect(module: Module) -> Launch | None:
    """An object: ``app = Flask(__name__)``, or ``def application(environ, start_response)``."""
    for name, made in held(module):
        if made.interface is Interface.WSGI:
            return _launch(module, name, made, f"{module.path} assigns {made.by} to '{name}'.")
    return None


def detect_factory(module: Module) -> Launch | None:
    """A function that makes one: ``def create_app(): …``."""
    for name, made in factories(module):
        if made.interface is Interface.WSGI:
            return _launch(module, f"{name}()", made, f"{module.path} makes {made.by} in {name}().")
    return None


def _launch(module: Module, attribute: str, made: Made, evidence: str) -> Launch:
    return Launch(
        framework=made.framework,
        kind=pages.kind(module),
        argv=servers.gunicorn(module.name, attribute, root=module.root),
        evidence=evidence,
        requirements=("gunicorn",),
    )
