"""Files on their way out: /api/2.0/workspace/export."""

import asyncio
import base64
import os
from collections.abc import AsyncIterator
from pathlib import PurePosixPath
from typing import BinaryIO

from django.http import HttpResponseBase, StreamingHttpResponse
from rest_framework.request import Request
from rest_framework.response import Response

from deployments.api.databricks_files.parsers import MOST_IN_JSON, flag
from deployments.models import FileKind
from deployments.operations import workspace_files
from deployments.operations.workspace_files import Entry
from deployments.source import notebooks
from workspaces.api.databricks import fields
from workspaces.api.databricks.errors import Refused
from workspaces.api.databricks.views import DatabricksView
from workspaces.errors import Invalid, LimitExceeded

FORMATS = ("SOURCE", "AUTO", "RAW", "JUPYTER")
CHUNK_BYTES = 256 * 1024


class Export(DatabricksView):
    def get(self, request: Request) -> HttpResponseBase:
        """In base64, or with ``direct_download`` as it is."""
        word = (fields.optional_text(request.query_params, "format") or "SOURCE").upper()
        if word not in FORMATS:
            raise Invalid(f"Slipway cannot export the format {word[:40]!r}.", f"It knows {', '.join(FORMATS)}.")
        entry = workspace_files.find(self.principal, fields.text(request.query_params, "path"))
        direct = flag(request.query_params, "direct_download")
        if not direct:
            _refuse_large(entry)
        file = workspace_files.open_content(self.principal, entry)
        if direct:
            return _download(file, _top(entry, file))
        with file:
            content = base64.b64encode(_top(entry, file) + file.read()).decode()
        return Response({"content": content, "file_type": _file_type(entry)})


def _top(entry: Entry, file: BinaryIO) -> bytes:
    """The line that makes the source of a notebook one again."""
    if entry.row is None or entry.kind is not FileKind.NOTEBOOK:
        return b""
    line = notebooks.header(entry.row.language)
    beginning = file.read(len(line))
    file.seek(0)
    return b"" if beginning == line else line + b"\n"


def _download(file: BinaryIO, top: bytes) -> StreamingHttpResponse:
    length = len(top) + os.fstat(file.fileno()).st_size
    headers = {"Content-Length": str(length), "Cache-Control": "no-store", "Content-Disposition": "attachment"}
    return StreamingHttpResponse(_chunks(file, top), content_type="application/octet-stream", headers=headers)


async def _chunks(file: BinaryIO, top: bytes) -> AsyncIterator[bytes]:
    """Read in threads, so that a slow disk holds up nobody else."""
    with file:
        if top:
            yield top
        while chunk := await asyncio.to_thread(file.read, CHUNK_BYTES):
            yield chunk


def _file_type(entry: Entry) -> str:
    """Its extension without the dot."""
    if entry.row is not None and entry.row.language:
        return notebooks.EXTENSIONS[entry.row.language][1:]
    return PurePosixPath(entry.path).suffix[1:]


def _refuse_large(entry: Entry) -> None:
    if entry.row is not None and entry.row.size_bytes > MOST_IN_JSON:
        error = LimitExceeded(
            f"{entry.path} has {entry.row.size_bytes} bytes, more than can be exported in base64 ({MOST_IN_JSON}).",
            "Ask with direct_download=true, as the SDK's workspace.download does.",
        )
        raise Refused(error, 400, "MAX_NOTEBOOK_SIZE_EXCEEDED")
