"""What answers tell of a file."""

import zlib
from typing import Any

from deployments.models import FileKind
from deployments.operations.workspace_files import Entry
from deployments.operations.workspace_paths import PREFIX
from workspaces.api.databricks.times import milliseconds

TYPES = {FileKind.FOLDER: "DIRECTORY", FileKind.FILE: "FILE", FileKind.NOTEBOOK: "NOTEBOOK"}
#: Clients want a number for each object. Folders that always exist have no row, and get one above those of all rows.
ABOVE_ROWS = 1 << 40


def object_info(entry: Entry, asked: str) -> dict[str, Any]:
    """Paths begin with /Workspace where the question's did."""
    path = f"/{PREFIX}{entry.path}" if f"/{asked.lstrip('/')}/".startswith(f"/{PREFIX}/") else entry.path
    row = entry.row
    content: dict[str, Any] = {"path": path, "object_type": TYPES[entry.kind]}
    if row is None:
        return content | _numbers(ABOVE_ROWS + zlib.crc32(entry.path.encode()))
    content |= _numbers(row.pk)
    content |= {"created_at": milliseconds(row.created_at), "modified_at": milliseconds(row.modified_at)}
    if entry.kind is not FileKind.FOLDER:
        content["size"] = row.size_bytes
    if entry.kind is FileKind.NOTEBOOK:
        content["language"] = row.language
    return content


def _numbers(number: int) -> dict[str, Any]:
    return {"object_id": number, "resource_id": str(number)}
