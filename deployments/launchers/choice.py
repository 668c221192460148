"""Who says how a source is served, when several do."""

from collections.abc import Sequence
from pathlib import Path

from deployments.launchers.base import Launch
from deployments.launchers.declared import declare
from deployments.launchers.inference import explicit, infer
from deployments.source.spec import AppSpec


def choose(source: Path, spec: AppSpec, requested: Sequence[str]) -> Launch:
    """``requested``, the app's own command, goes before app.yaml, that before manifest.json; last come the files.

    Raises ``Failure``.
    """
    if requested:
        return explicit(requested, origin="the app's settings")
    if spec.command:
        return explicit(spec.command)
    return (declare(source, spec.declared) if spec.declared else None) or infer(source)
