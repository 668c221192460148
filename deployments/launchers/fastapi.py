"""FastAPI, Starlette and every other ASGI object, served by uvicorn.

A Dash or Gradio app mounted inside counts as the FastAPI app that holds it.
"""

from deployments.launchers import pages, servers
from deployments.launchers.base import Launch
from deployments.launchers.modules import Module
from deployments.launchers.objects import Interface, Made, factories, held


def detect(module: Module) -> Launch | None:
    """An object: ``app = FastAPI()``."""
    for name, made in held(module):
        if made.interface is Interface.ASGI:
            return _launch(module, name, made, f"{module.path} assigns {made.by} to '{name}'.")
    return None


def detect_factory(module: Module) -> Launch | None:
    """A function that makes one: ``def create_app(): …``."""
    for name, made in factories(module):
        if made.interface is Interface.ASGI:
            return _launch(module, name, made, f"{module.path} makes {made.by} in {name}().", factory=True)
    return None


def _launch(module: Module, name: str, made: Made, evidence: str, *, factory: bool = False) -> Launch:
    return Launch(
        framework=made.framework,
        kind=pages.kind(module),
        argv=servers.uvicorn(module, name, factory=factory),
        evidence=evidence,
        env=servers.UVICORN_ENV,
        requirements=servers.uvicorn_requirements(module.source),
    )
