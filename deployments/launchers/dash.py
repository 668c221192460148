"""Dash, served through the server object it wraps."""

import ast
from collections.abc import Iterator

from deployments.launchers import servers
from deployments.launchers.base import AppKind, Launch
from deployments.launchers.modules import Module
from deployments.launchers.objects import Interface, Made, held

ASGI_BACKENDS = ("fastapi", "quart")


def detect(module: Module) -> Launch | None:
    """A Dash object: by its ``server = app.server`` under gunicorn, or as the program it is when it has none.

    gunicorn cannot be given "app.server", and only Dash 4 can be called itself.
    """
    apps = [(name, made) for name, made in held(module) if made.interface is Interface.DASH]
    if not apps:
        return None
    name, made = next(((name, made) for name, made in apps if not _is_server(module, name)), apps[0])
    server = next((server for server in _servers(module, name)), None)
    if _is_asgi(made):
        return _under_uvicorn(module, server or f"{name}.server", f"{module.path} assigns Dash() to '{name}'.")
    if server is not None:
        return _under_gunicorn(module, server, f"{module.path} assigns Dash() to '{name}', its server to '{server}'.")
    if _runs_itself(module):
        return _as_program(module, f"{module.path} runs Dash() itself; 'server = {name}.server' would serve it faster.")
    return _under_gunicorn(module, name, f"{module.path} assigns Dash() to '{name}'.")


def _under_gunicorn(module: Module, attribute: str, evidence: str) -> Launch:
    argv = servers.gunicorn(module.name, attribute, root=module.root)
    return Launch("Dash", AppKind.WEB_APP, argv, evidence, requirements=("gunicorn",))


def _under_uvicorn(module: Module, attribute: str, evidence: str) -> Launch:
    argv = servers.uvicorn(module, attribute)
    requirements = servers.uvicorn_requirements(module.source)
    return Launch("Dash", AppKind.WEB_APP, argv, evidence, servers.UVICORN_ENV, requirements)


def _as_program(module: Module, evidence: str) -> Launch:
    return Launch("Dash", AppKind.WEB_APP, ("python", module.path), evidence)


def _servers(module: Module, app: str) -> Iterator[str]:
    """Names of the server: ``server = app.server``, or the one handed over as ``Dash(server=server)``."""
    for statement in module.body:
        if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
            value = statement.value
            if isinstance(value, ast.Attribute) and value.attr == "server" and _is_name(value.value, app):
                yield statement.targets[0].id
            elif isinstance(value, ast.Call) and statement.targets[0].id == app:
                yield from (
                    kw.value.id for kw in value.keywords if kw.arg == "server" and isinstance(kw.value, ast.Name)
                )


def _is_server(module: Module, name: str) -> bool:
    return any(
        isinstance(statement, ast.Assign)
        and isinstance(statement.value, ast.Attribute)
        and statement.value.attr == "server"
        and any(_is_name(target, name) for target in statement.targets)
        for statement in module.body
    )


def _is_name(node: ast.expr, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


def _is_asgi(made: Made) -> bool:
    keywords = made.call.keywords if made.call else []
    backends = [kw.value.value for kw in keywords if kw.arg == "backend" and isinstance(kw.value, ast.Constant)]
    return any(backend in ASGI_BACKENDS for backend in backends)


def _runs_itself(module: Module) -> bool:
    calls = (node.func for node in module.nodes() if isinstance(node, ast.Call))
    return any(isinstance(func, ast.Attribute) and func.attr in ("run", "run_server") for func in calls)
