"""What workspace files hold: on the disk once for each workspace, under its digest.

Whoever puts a content in place or takes one away holds the workspace's ``FileUsage`` meanwhile, so that what one
operation gives a row, no other one takes away. A content without a row is what a crash left; the reaper takes it.
"""

import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from django.conf import settings
from django.db import transaction

from deployments import layout
from deployments.models import FileUsage, WorkspaceFile
from deployments.operations.receiving import Received
from workspaces.models import Workspace


@contextmanager
def held(workspace: Workspace) -> Iterator[FileUsage]:
    """A transaction in which nobody else changes the workspace's files. What is set on the usage is saved."""
    with transaction.atomic():
        FileUsage.objects.get_or_create(workspace=workspace)
        usage = FileUsage.objects.select_for_update().get(workspace=workspace)
        yield usage
        usage.save()


def keep(workspace: Workspace, upload: Received) -> None:
    """While held: the upload becomes the content of its digest. It is on the disk before any row says so."""
    path = layout.file_content(workspace, upload.digest)
    path.parent.mkdir(parents=True, exist_ok=True)
    upload.path.replace(path)
    descriptor = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def collect_later(workspace: Workspace, digests: Iterable[str]) -> None:
    """``collect``, once what is being done now cannot be undone any more."""
    transaction.on_commit(partial(collect, workspace, list(digests)), robust=True)


def collect(workspace: Workspace, digests: Iterable[str]) -> int:
    """Remove contents that no row has any more; those that one has stay. Returns how many went."""
    wanted = {digest for digest in digests if digest}
    if not wanted:
        return 0
    with held(workspace):
        rows = WorkspaceFile.objects.in_workspace(workspace).filter(digest__in=wanted)
        unused = wanted - set(rows.values_list("digest", flat=True))
        for digest in unused:
            layout.file_content(workspace, digest).unlink(missing_ok=True)
    return len(unused)


def collect_leftovers() -> int:
    """What crashes left, in every workspace, and all of workspaces that are gone. Returns how many files."""
    known = {workspace.uuid.hex: workspace for workspace in Workspace.objects.all()}
    gone = 0
    for folder in Path(settings.HOME.files).iterdir():
        workspace = known.get(folder.name)
        if workspace is None:
            shutil.rmtree(folder, ignore_errors=True)
            continue
        rows = WorkspaceFile.objects.in_workspace(workspace).exclude(digest="")
        kept = set(rows.values_list("digest", flat=True))
        gone += collect(workspace, {f"sha256:{path.name}" for path in folder.glob("*/*")} - kept)
    return gone
