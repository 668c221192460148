"""Deploying from a folder of workspace files: its source as it is at one moment, as a bundle."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.db.models import QuerySet

from deployments import layout
from deployments.models import Bundle, FileKind, WorkspaceFile
from deployments.operations import bundles, file_contents, receiving, workspace_files, workspace_paths
from deployments.source import notebooks
from workspaces.disk_room import room_for
from workspaces.errors import Conflict, Invalid, LimitExceeded, NotFound
from workspaces.permissions import Permission, require
from workspaces.principals import Principal


def bundle(principal: Principal, text: str) -> tuple[Bundle, str]:
    """The folder packed as an upload would be, and its path as it is written in full.

    A notebook becomes a file with the extension of its language. Raises ``NotFound``, ``Invalid``, ``Conflict``,
    ``LimitExceeded`` and ``DiskFull``.
    """
    require(principal, Permission.DEPLOY)
    entry = workspace_files.find(principal, text)
    if entry.kind is not FileKind.FOLDER:
        raise Invalid(f"{entry.path} is a {entry.kind}, not a folder.", "Give the folder that holds the app's source.")
    with room_for(bundles.SOURCE), _snapshot(principal, text) as folder:
        return bundles.of_folder(principal, folder), f"/{workspace_paths.PREFIX}{entry.path}"


@contextmanager
def _snapshot(principal: Principal, text: str) -> Iterator[Path]:
    """The files as they are together at one moment: links to contents, which never change."""
    place = workspace_paths.to_read(principal, text)
    folder = receiving.new_path()
    try:
        folder.mkdir(mode=0o700)
        with file_contents.held(principal.workspace):
            rows = WorkspaceFile.objects.visible_to(principal).filter(place.rows_below).order_by("path")
            for row in _within_limits(rows, text):
                _link(row, folder / _name_below(row, place.path))
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _within_limits(rows: QuerySet[WorkspaceFile], text: str) -> list[WorkspaceFile]:
    found = list(rows.exclude(kind=FileKind.FOLDER).select_related("workspace"))
    if not found:
        raise Conflict(f"There is no file in {text[:200]}.", "Upload the app's source there first.")
    if len(found) > settings.SOURCE_MAX_FILES:
        raise LimitExceeded(
            f"{text[:200]} holds more than {settings.SOURCE_MAX_FILES} files.", "Deploy the app's own source only."
        )
    if sum(row.size_bytes for row in found) > settings.SOURCE_MAX_BYTES:
        limit = settings.SOURCE_MAX_BYTES // settings.MEBIBYTE
        raise LimitExceeded(f"{text[:200]} holds more than {limit} MiB.", "Deploy the app's own source only.")
    return found


def _name_below(row: WorkspaceFile, folder: str) -> str:
    below = row.path[len(folder) + 1 :] if folder else row.path
    if row.kind != FileKind.NOTEBOOK:
        return below
    parent, slash, name = below.rpartition("/")
    return parent + slash + notebooks.file_name(name, row.language)


def _link(row: WorkspaceFile, path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.hardlink_to(layout.file_content(row.workspace, row.digest))
    except (FileExistsError, NotADirectoryError):
        raise Conflict(
            f"The source holds {path.name} twice, as a notebook and as a file.", "Delete one of the two."
        ) from None
    except FileNotFoundError:
        raise NotFound(f"The content of {row.path} is not on the disk any more.", "Upload it again.") from None
