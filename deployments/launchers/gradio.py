"""Gradio, which serves itself: a program that calls ``launch()`` and takes host and port from its environment."""

import ast

from deployments.launchers.base import AppKind, Launch
from deployments.launchers.modules import Module


def detect(module: Module) -> Launch | None:
    """A file that imports gradio and launches something; ``launch`` may stand inside a function."""
    if not module.imports("gradio") or not launches(module):
        return None
    return Launch(
        "Gradio", AppKind.WEB_APP, ("python", module.path), f"{module.path} imports gradio and calls launch()."
    )


def launches(module: Module) -> bool:
    """Whether ``….launch(…)`` is called anywhere in the file."""
    calls = (node.func for node in module.nodes() if isinstance(node, ast.Call))
    return any(isinstance(func, ast.Attribute) and func.attr == "launch" for func in calls)
