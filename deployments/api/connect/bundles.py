"""/__api__/v1/content/{guid}/bundles"""

import asyncio
import json
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from typing import IO, Any, Protocol
from uuid import UUID

from django.db.models import Prefetch, QuerySet
from django.http import StreamingHttpResponse
from django.utils.datastructures import MultiValueDict
from rest_framework.parsers import BaseParser, DataAndFiles, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from deployments import layout
from deployments.api import event_stream
from deployments.api.connect import lookups, shapes
from deployments.models import App, Bundle, Deployment, Upload
from deployments.operations import uploads
from workspaces.api.connect.views import ConnectView
from workspaces.api.negotiation import AlwaysJson
from workspaces.api.parsers import CHUNK_BYTES, RawFile
from workspaces.errors import Conflict, Invalid

PART = "archive"


class RawArchive(BaseParser):
    """The body as the file ``archive``: rsconnect sends it without a Content-Type, others call it what they like."""

    media_type = "*/*"

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> "DataAndFiles[Any, Any]":
        return DataAndFiles({}, MultiValueDict({PART: [RawFile(stream)]}))


class FormOrArchive(AlwaysJson):
    """With metadata of git the client sends a form, otherwise the archive itself."""

    def select_parser(self, request: Request, parsers: Iterable[BaseParser]) -> BaseParser:
        is_form = (request.content_type or "").startswith(MultiPartParser.media_type)
        return next(parser for parser in parsers if isinstance(parser, MultiPartParser) == is_form)


class File(Protocol):
    def chunks(self) -> Iterator[bytes]: ...


class Bundles(ConnectView):
    parser_classes = (MultiPartParser, RawArchive)
    content_negotiation_class = FormOrArchive

    def get(self, request: Request, guid: UUID) -> Response:
        app = lookups.content(self.principal, guid)
        return Response([_shape(row, app) for row in _with_use(uploads.of(self.principal, app), app)])

    def post(self, request: Request, guid: UUID) -> Response:
        app = lookups.content(self.principal, guid)
        metadata = _metadata(self.content.get("metadata"))
        bundle = uploads.receive(self.principal, app, _archive(request).chunks(), metadata)
        return _one(app, bundle)


class BundleDetail(ConnectView):
    def get(self, request: Request, guid: UUID, bundle_id: str) -> Response:
        app = lookups.content(self.principal, guid)
        return _one(app, lookups.bundle(self.principal, app, bundle_id))


class DownloadBundle(ConnectView):
    def get(self, request: Request, guid: UUID, bundle_id: str) -> StreamingHttpResponse:
        """The archive as it was uploaded."""
        app = lookups.content(self.principal, guid)
        bundle = lookups.bundle(self.principal, app, bundle_id)
        try:
            file = layout.archive(bundle).open("rb")
        except FileNotFoundError:
            raise Conflict(f"The bundle {bundle_id} is not kept any more.", "Newer ones of the content are.") from None
        headers = {
            "Content-Disposition": f'attachment; filename="bundle-{bundle.pk}.tar.gz"',
            "Content-Length": str(bundle.size_bytes),
            "Cache-Control": "no-store",
        }
        return StreamingHttpResponse(_pieces(file), content_type="application/gzip", headers=headers)


def _archive(request: Request) -> File:
    files: list[File] = request.FILES.getlist(PART)
    if len(files) != 1:
        raise Invalid(f"There is no file {PART!r} in this form.", "Send the bundle as that part, or as the whole body.")
    return files[0]


def _metadata(text: object) -> dict[str, str]:
    if not text:
        return {}
    try:
        content = json.loads(str(text))
    except (ValueError, RecursionError):
        content = None
    if not isinstance(content, dict):
        raise Invalid("The part 'metadata' is not a JSON object.")
    return content


def _one(app: App, bundle: Bundle) -> Response:
    return Response(_shape(_with_use(Bundle.objects.filter(pk=bundle.pk), app)[0], app))


def _with_use(rows: QuerySet[Bundle], app: App) -> QuerySet[Bundle]:
    """With what is told of each: two queries more, whatever the number of bundles."""
    deployed = Deployment.objects.filter(app=app).order_by("number").only("bundle_id", "number", "launch")
    uploaded = Upload.objects.filter(app=app)
    rows = rows.prefetch_related(Prefetch("deployments", deployed, to_attr="deployed"))
    return rows.prefetch_related(Prefetch("uploads", uploaded, to_attr="uploaded"))


def _shape(bundle: Bundle, app: App) -> dict[str, Any]:
    """Of a bundle that comes ``_with_use``."""
    deployed: list[Deployment] = bundle.deployed  # type: ignore[attr-defined]
    uploaded: list[Upload] = bundle.uploaded  # type: ignore[attr-defined]
    metadata = uploaded[0].metadata if uploaded else {}
    return shapes.bundle(bundle, app, metadata, deployed[-1] if deployed else None)


async def _pieces(file: IO[bytes]) -> AsyncIterator[bytes]:
    await event_stream.let_go()
    with file:
        while piece := await asyncio.to_thread(file.read, CHUNK_BYTES):
            yield piece
