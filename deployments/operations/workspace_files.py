"""Files of a workspace from which apps are deployed: looking, writing, deleting.

Each content is whole and on the disk before its row, which is what everybody sees.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from django.conf import settings
from django.db.models import Sum

from deployments import layout
from deployments.models import FileKind, FileUsage, WorkspaceFile
from deployments.operations import file_contents, receiving, workspace_paths
from deployments.operations.receiving import Received
from deployments.operations.workspace_paths import SHARED, USERS, Place
from deployments.source import notebooks
from workspaces import audit
from workspaces.errors import Conflict, Invalid, LimitExceeded, NotFound
from workspaces.permissions import Permission, require
from workspaces.principals import Principal

#: The longest name of a thing in the audit.
AUDITED_CHARACTERS = 200


class Exists(Conflict):
    """Something is there already; ``found`` is what."""

    def __init__(self, place: Place, kind: str) -> None:
        hint = "Choose another path." if kind == FileKind.FOLDER else "Pass overwrite=true to replace it."
        super().__init__(f"{place} already exists.", hint)
        self.found = FileKind(kind)


class NotEmpty(Conflict):
    """A folder that holds something is deleted only with all of it."""


@dataclass(frozen=True)
class Entry:
    """A file or folder as clients see it; folders that always exist have no ``row``."""

    path: str
    row: WorkspaceFile | None = None

    @property
    def kind(self) -> FileKind:
        return FileKind(self.row.kind) if self.row else FileKind.FOLDER


def find(principal: Principal, text: str) -> Entry:
    """Raises ``NotFound``, ``Invalid``."""
    require(principal, Permission.VIEW_APPS)
    above = workspace_paths.above_homes(text)
    if above is not None:
        return Entry("/" + "/".join(above))
    place = workspace_paths.to_read(principal, text)
    if place.is_root:
        return Entry(str(place))
    row = _row(principal, place)
    if row is None:
        raise workspace_paths.missing(text)
    return Entry(str(place), row)


def children(principal: Principal, text: str) -> list[Entry]:
    """What is in a folder, by name; of a file, itself."""
    found = find(principal, text)
    if found.kind is not FileKind.FOLDER:
        return [found]
    if found.path == "/":
        return [Entry(f"/{SHARED}"), Entry(f"/{USERS}")]
    if found.path == f"/{USERS}":
        return [Entry(workspace_paths.shown(owner, "")) for owner in workspace_paths.owners(principal)]
    place = workspace_paths.to_read(principal, text)
    rows = WorkspaceFile.objects.visible_to(principal).filter(owner=place.owner, parent=place.path).order_by("path")
    return [Entry(workspace_paths.shown(place.owner, row.path), row) for row in rows]


def open_content(principal: Principal, entry: Entry) -> BinaryIO:
    """What it holds, to be closed by the caller. Raises ``Invalid`` for a folder, ``NotFound`` when it is gone."""
    if entry.row is None or entry.kind is FileKind.FOLDER:
        raise Invalid(f"{entry.path} is a folder, which cannot be exported.", "Export the files in it.")
    try:
        return layout.file_content(principal.workspace, entry.row.digest).open("rb")
    except FileNotFoundError:
        raise NotFound(f"The content of {entry.path} is not on the disk any more.", "Upload it again.") from None


def make_folder(principal: Principal, text: str, *, now: datetime) -> None:
    """With all folders on the way; a second time changes nothing. Raises ``Exists`` when a file is in the way."""
    require(principal, Permission.DEPLOY)
    if workspace_paths.above_homes(text) is not None:
        return
    place = workspace_paths.to_write(principal, text)
    with file_contents.held(principal.workspace) as usage:
        missing = _missing_folders(principal, place)
        for folder in reversed(missing):
            _add(principal, usage, folder, now=now, kind=FileKind.FOLDER)
        if missing:
            _audit(principal, "made", place)


def write(
    principal: Principal,
    text: str,
    chunks: Iterable[bytes],
    *,
    now: datetime,
    overwrite: bool = False,
    language: str = "",
    recognise: bool = False,
) -> Entry:
    """A file with this content, or with a ``language`` a notebook. The folder must exist.

    ``recognise``: what begins like a notebook becomes one, and loses its extension. Raises ``Exists``, ``NotFound``,
    ``Forbidden``, ``Invalid``, ``LimitExceeded``, ``DiskFull``.
    """
    require(principal, Permission.DEPLOY)
    place = workspace_paths.to_write(principal, text)
    if place.is_root:
        raise Exists(place, FileKind.FOLDER)
    with receiving.received(chunks, "the file") as upload:
        if recognise and (notebook := notebooks.recognise(place.name, _beginning(upload.path))):
            place, language = place.named(notebook.name), notebook.language
        with file_contents.held(principal.workspace) as usage:
            old_digest, row = _store(principal, usage, place, upload, overwrite=overwrite, language=language, now=now)
            _audit(principal, "wrote", place, size_bytes=upload.size_bytes, digest=upload.digest)
            file_contents.collect_later(principal.workspace, [old_digest])
    return Entry(str(place), row)


def delete(principal: Principal, text: str, *, recursive: bool = False) -> None:
    """Raises ``NotEmpty`` for a folder that holds something, unless ``recursive``."""
    require(principal, Permission.DEPLOY)
    entry = find(principal, text)
    if entry.row is None:
        raise Invalid(f"The folder {entry.path} cannot be deleted.", "Delete what is in it.")
    place = workspace_paths.to_write(principal, text)
    with file_contents.held(principal.workspace) as usage:
        mine = WorkspaceFile.objects.in_workspace(principal.workspace)
        below = mine.filter(place.rows_below)
        if not recursive and below.exists():
            raise NotEmpty(f"The folder {place} is not empty.", "Pass recursive=true to delete all that is in it.")
        rows = mine.filter(place.rows) | below
        digests = set(rows.values_list("digest", flat=True))
        usage.size_bytes -= rows.aggregate(sum=Sum("size_bytes", default=0))["sum"]
        usage.entries -= rows.delete()[0]
        _audit(principal, "deleted", place)
        file_contents.collect_later(principal.workspace, digests)


def _store(
    principal: Principal,
    usage: FileUsage,
    place: Place,
    upload: Received,
    *,
    overwrite: bool,
    language: str,
    now: datetime,
) -> tuple[str, WorkspaceFile]:
    """The digest that was there before, and the row."""
    _require_folder(principal, place.parent)
    row = _row(principal, place)
    if row is not None and (row.kind == FileKind.FOLDER or not overwrite):
        raise Exists(place, row.kind)
    old_digest, old_size = (row.digest, row.size_bytes) if row else ("", 0)
    _check_room(usage, upload.size_bytes - old_size)
    if row is None:
        row = _add(principal, usage, place, now=now, kind=FileKind.FILE)
    file_contents.keep(principal.workspace, upload)
    usage.size_bytes += upload.size_bytes - old_size
    row.kind = FileKind.NOTEBOOK if language else FileKind.FILE
    row.language, row.digest, row.size_bytes = language, upload.digest, upload.size_bytes
    row.modified_at, row.modified_by = now, principal.user
    row.save()
    return old_digest if old_digest != upload.digest else "", row


def _add(principal: Principal, usage: FileUsage, place: Place, *, now: datetime, kind: FileKind) -> WorkspaceFile:
    usage.entries += 1
    if usage.entries > settings.WORKSPACE_FILES_MAX:
        raise LimitExceeded(
            f"The files and folders of this workspace would be more than {settings.WORKSPACE_FILES_MAX:,}.",
            "Delete what is not needed any more, and leave environments and caches out.",
        )
    return WorkspaceFile.objects.create(
        workspace=principal.workspace, owner=place.owner, parent=place.parent.path, path=place.path, kind=kind,
        created_at=now, modified_at=now, modified_by=principal.user,
    )  # fmt: skip


def _check_room(usage: FileUsage, more_bytes: int) -> None:
    if more_bytes > 0 and usage.size_bytes + more_bytes > settings.WORKSPACE_FILES_MAX_BYTES:
        limit = settings.WORKSPACE_FILES_MAX_BYTES // settings.MEBIBYTE
        raise LimitExceeded(
            f"The files of this workspace would be more than {limit:,} MiB.", "Delete what is not needed any more."
        )


def _missing_folders(principal: Principal, place: Place) -> list[Place]:
    """Those on the way that there are not, the deepest first. Raises ``Exists``."""
    missing: list[Place] = []
    while not place.is_root:
        row = _row(principal, place)
        if row is not None and row.kind != FileKind.FOLDER:
            raise Exists(place, row.kind)
        if row is not None:
            break
        missing.append(place)
        place = place.parent
    return missing


def _require_folder(principal: Principal, place: Place) -> None:
    row = None if place.is_root else _row(principal, place)
    if not place.is_root and (row is None or row.kind != FileKind.FOLDER):
        raise NotFound(f"The parent folder ({place}) does not exist.", "Make it first, with mkdirs.")


def _row(principal: Principal, place: Place) -> WorkspaceFile | None:
    return WorkspaceFile.objects.visible_to(principal).filter(place.rows).first()


def _beginning(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(notebooks.HEADER_BYTES)


def _audit(principal: Principal, verb: str, place: Place, **details: object) -> None:
    audit.record(principal, verb, "workspace file", str(place)[-AUDITED_CHARACTERS:], **details)
