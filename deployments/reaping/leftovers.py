"""Files of uploads and builds that were cut off in the middle."""

import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from django.conf import settings

from deployments import layout
from deployments.models import Deployment, State
from deployments.removal import discard_tree
from workspaces.models import Workspace

#: Longer than any build or upload takes.
DAY_S = 86_400.0


def remove(now: datetime) -> int:
    """Remove what is older than a day; the caches of workspaces that have not built for long, too. Returns how many."""
    home = settings.HOME
    condemned = [
        *_old(home.uploads.glob("*"), DAY_S),
        *_old(home.wheels.glob("*/incoming/*"), DAY_S),
        *_old(_workbenches(home.scratch), DAY_S),
        *_old(home.bundles.glob("*/.removed-*"), DAY_S),
        *_old(home.bundles.glob("*/*/.removed-*"), DAY_S),
        *_idle_caches(),
    ]
    for path in condemned:
        _delete(path)
    return len(condemned)


def clear_workbenches() -> None:
    """Remove what killed builds left, at a moment when none runs."""
    for path in _workbenches(settings.HOME.scratch):
        _delete(path)


def _workbenches(scratch: Path) -> Iterator[Path]:
    return (path for path in scratch.glob("*/*") if path.name != "cache")


def _idle_caches() -> Iterator[Path]:
    """Downloads of workspaces in which nothing is being built, and has not been for long."""
    building = set(Deployment.objects.filter(state=State.BUILDING).values_list("workspace", flat=True))
    quiet = (workspace for workspace in Workspace.objects.all() if workspace.pk not in building)
    return _old((layout.scratch(workspace) / "cache" for workspace in quiet), settings.ENVIRONMENT_KEEP_S)


def _old(paths: Iterator[Path], age_s: float) -> Iterator[Path]:
    for path in paths:
        try:
            if time.time() - path.lstat().st_mtime > age_s:
                yield path
        except FileNotFoundError:
            continue


def _delete(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        discard_tree(path)
    else:
        path.unlink(missing_ok=True)
