"""What a manifest.json of Posit Connect's clients declares: a mode and an entry point, such as "app" or "pkg.mod:api".

A module alone leaves the object to be found. Modes that Slipway does not serve end the build with a sentence.
"""

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path

from deployments.failures import Failure, FailureKind
from deployments.launchers import dash, gradio, pages, servers, streamlit
from deployments.launchers.base import Launch
from deployments.launchers.inference import OF_A_FACTORY, OF_A_FILE, complete
from deployments.launchers.modules import Module, Source
from deployments.launchers.objects import Interface, held
from deployments.source.refusals import quoted
from deployments.source.spec import Declared

ENTRY_POINT = re.compile(r"([A-Za-z_][\w.]*)(?::([A-Za-z_]\w*))?", re.ASCII)
#: Framework and interface of an object of which nothing else is known.
MODES = {
    "python-api": ("WSGI", Interface.WSGI),
    "python-dash": ("Dash", Interface.WSGI),
    "python-fastapi": ("ASGI", Interface.ASGI),
    "python-shiny": ("Shiny", Interface.ASGI),
}
USUAL_OBJECT = "app"
#: Shiny's own module, which serves scripts: the name of the object holds that of the file.
SHINY_EXPRESS = "shiny.express.app"
UNSERVED = {
    "static": "a static site",
    "jupyter": "a notebook",
    "jupyter-static": "a notebook",
    "jupyter-voila": "a Voilà dashboard",
    "python-bokeh": "a Bokeh app",
    "python-panel": "a Panel app",
    "quarto": "a Quarto document",
    "quarto-static": "a Quarto document",
    "quarto-shiny": "a Quarto document",
    "tensorflow-saved-model": "a TensorFlow model",
    "nodejs": "a Node.js app",
    "nodejs-api": "a Node.js app",
    "shiny": "an R app",
    "api": "an R API",
    "rmd-shiny": "an R Markdown document",
    "rmd-static": "an R Markdown document",
}


def declare(source: Path, declared: Declared) -> Launch | None:
    """The way it is served, or ``None`` where nothing useful is declared. Raises ``Failure`` NO_ENTRY_POINT."""
    if declared.mode in UNSERVED:
        raise _unserved(declared)
    tree = Source(source)
    if declared.mode == "python-streamlit":
        launch = _script(tree, declared, streamlit.serve)
    elif declared.mode == "python-gradio":
        launch = _script(tree, declared, gradio.detect)
    elif declared.mode in MODES:
        launch = _object(tree, declared)
    else:
        launch = None
    return complete(launch) if launch else None


def _script(tree: Source, declared: Declared, serve: Callable[[Module], Launch | None]) -> Launch | None:
    """The client says "app" for app.py."""
    module = tree.module("", f"{declared.entry_point.removesuffix('.py').replace('.', '/')}.py")
    if module is None:
        raise _no_module(declared)
    return serve(module)


def _object(tree: Source, declared: Declared) -> Launch | None:
    match = ENTRY_POINT.fullmatch(declared.entry_point)
    if match is None:
        return None
    if match[1] == SHINY_EXPRESS and match[2]:
        return _by_mode(declared, Module(tree, "", SHINY_EXPRESS, "", ()), match[2])
    module = tree.imported("", match[1])
    if module is None:
        raise _no_module(declared)
    if match[2] is None:
        return next(_detected(module), None) or _by_mode(declared, module, USUAL_OBJECT)
    return _named(declared, module, match[2])


def _named(declared: Declared, module: Module, name: str) -> Launch:
    """The very object that is named, also where the module holds others that would come before it."""
    usual = (launch for launch in _detected(module) if launch.argv[1].endswith((f":{name}", f":{name}()")))
    # A Dash object is called through the server that it wraps.
    through_server = dash.detect(module) if declared.mode == "python-dash" else None
    return through_server or next(usual, None) or _by_mode(declared, module, name)


def _detected(module: Module) -> Iterator[Launch]:
    found = (detect(module) for detect in (*OF_A_FILE, *OF_A_FACTORY))
    return (launch for launch in found if launch is not None)


def _by_mode(declared: Declared, module: Module, name: str) -> Launch:
    framework, interface = MODES[declared.mode]
    for held_name, made in held(module):
        if held_name == name and made.interface is not Interface.DASH:
            framework, interface = made.framework, made.interface
    evidence = f"manifest.json says {declared.mode}, entry point {declared.entry_point}."
    is_factory = any(isinstance(part, ast.FunctionDef) and part.name == name for part in module.body)
    if interface is Interface.ASGI:
        argv = servers.uvicorn(module, name, factory=is_factory)
        needs = servers.uvicorn_requirements(module.source)
        return Launch(framework, pages.kind(module), argv, evidence, servers.UVICORN_ENV, needs)
    argv = servers.gunicorn(module.name, f"{name}()" if is_factory else name, root=module.root)
    return Launch(framework, pages.kind(module), argv, evidence, requirements=("gunicorn",))


def _no_module(declared: Declared) -> Failure:
    return Failure(
        FailureKind.NO_ENTRY_POINT,
        f"manifest.json names the entry point {quoted(declared.entry_point)}, and the source has no such module.",
        "Deploy again with --entrypoint naming a module of the source, such as app or package.module:object.",
    )


def _unserved(declared: Declared) -> Failure:
    return Failure(
        FailureKind.NO_ENTRY_POINT,
        f"This is {UNSERVED[declared.mode]}, which Slipway does not serve by itself (manifest.json: {declared.mode}).",
        "If a program can serve it, add an app.yaml with a command that listens on 127.0.0.1:$PORT.",
    )
