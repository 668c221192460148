"""Whether an app shows pages to people or answers programs."""

import ast

from deployments.launchers.base import AppKind
from deployments.launchers.modules import Module

FOLDERS = frozenset({"templates", "static", "pages"})
NAMES = frozenset({"HTMLResponse", "Jinja2Templates", "StaticFiles", "render_template", "mount_gradio_app", "Dash"})


def kind(module: Module) -> AppKind:
    """WEB_APP when the source has pages or templates, or the module names what makes one; API otherwise."""
    folder, _, _ = module.path.rpartition("/")
    beside = {*module.source.names(), *module.source.names(folder)}
    has_pages = beside & FOLDERS or any(name.endswith(".html") for name in beside)
    return AppKind.WEB_APP if has_pages or NAMES & _names(module) else AppKind.API


def _names(module: Module) -> set[str]:
    nodes = list(module.nodes())
    loaded = {node.id for node in nodes if isinstance(node, ast.Name)}
    return loaded | {node.attr for node in nodes if isinstance(node, ast.Attribute)}
