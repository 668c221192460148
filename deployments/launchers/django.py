"""A Django project with its manage.py: WSGI under gunicorn, or ASGI under uvicorn when it says so.

``startproject`` writes both a wsgi.py and an asgi.py, so an asgi.py alone says nothing: WSGI is chosen unless there is
no wsgi.py, or the settings name channels or daphne.
"""

import ast
import posixpath
from collections.abc import Iterator

from deployments.launchers import servers
from deployments.launchers.base import AppKind, Launch
from deployments.launchers.modules import Module, Source

ASYNC_APPS = frozenset({"channels", "daphne"})


def detect(source: Source) -> Launch | None:
    """The project of a manage.py at the top, in src/, or in the only folder that has one."""
    for root in _roots(source):
        manage = source.module(root, "manage.py")
        settings = _settings_name(manage) if manage else None
        if manage and settings:
            return _launch(source, root, manage.path, settings)
    return None


def _roots(source: Source) -> list[str]:
    folders = [name for name in source.names() if source.read(posixpath.join(name, "manage.py")) is not None]
    return ["", "src", *folders] if len(folders) == 1 else ["", "src"]


def _settings_name(manage: Module) -> str | None:
    """The second argument of ``os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mysite.settings")``."""
    for node in manage.nodes():
        if isinstance(node, ast.Call) and len(node.args) == 2:
            words = [argument.value for argument in node.args if isinstance(argument, ast.Constant)]
            if words[:1] == ["DJANGO_SETTINGS_MODULE"] and isinstance(words[-1], str) and len(words) == 2:
                return words[-1]
    return None


def _launch(source: Source, root: str, manage: str, settings: str) -> Launch:
    wsgi = _beside(source, root, settings, "wsgi")
    asgi = _beside(source, root, settings, "asgi")
    if asgi and (wsgi is None or _is_async(source, root, settings)):
        return Launch(
            framework="Django",
            kind=AppKind.WEB_APP,
            argv=servers.uvicorn(asgi, "application"),
            evidence=f"{manage} names {settings}, served by {asgi.path}.",
            env=servers.UVICORN_ENV,
            requirements=servers.uvicorn_requirements(source),
        )
    return Launch(
        framework="Django",
        kind=AppKind.WEB_APP,
        argv=_gunicorn(wsgi, root),
        evidence=f"{manage} names {settings}" + (f", served by {wsgi.path}." if wsgi else ", which has no wsgi.py."),
        env={} if wsgi else {"DJANGO_SETTINGS_MODULE": settings},
        requirements=("gunicorn",),
    )


def _gunicorn(wsgi: Module | None, root: str) -> tuple[str, ...]:
    if wsgi is None:
        return servers.gunicorn("django.core.wsgi", "get_wsgi_application()", root=root)
    return servers.gunicorn(wsgi.name, "application", root=root)


def _beside(source: Source, root: str, settings: str, name: str) -> Module | None:
    """The nearest wsgi or asgi module: beside the settings, or beside a package of them."""
    modules = (source.imported(root, f"{package}.{name}") for package in _packages(settings))
    return next((module for module in modules if module is not None), None)


def _packages(settings: str) -> Iterator[str]:
    parts = settings.split(".")[:-1]
    while parts:
        yield ".".join(parts)
        parts = parts[:-1]


def _is_async(source: Source, root: str, settings: str) -> bool:
    modules = [source.imported(root, name) for name in (settings, f"{settings.rpartition('.')[0]}.base")]
    nodes = (node for module in modules if module is not None for node in module.nodes())
    return any(isinstance(node, ast.Constant) and node.value in ASYNC_APPS for node in nodes)
