"""The logs of deployments and apps: page by page, or as a stream that goes on."""

from pathlib import Path
from typing import Any

from django.http import StreamingHttpResponse
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.renderers import BaseRenderer, BrowsableAPIRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from deployments import layout
from deployments.api import event_stream, lookups
from deployments.api.event_stream import EventStreamRenderer
from deployments.api.log_lines import lines_as_json
from deployments.api.serializers import LogPageSerializer, StreamEventSerializer
from deployments.following import follow, progress
from deployments.following.logs import Start
from deployments.logs import segments
from workspaces.api import fields
from workspaces.api.errors import answers
from workspaces.api.views import ApiView, ErrorsAsJson
from workspaces.errors import Invalid
from workspaces.permissions import Permission, require

PAGE_LINES = 500
MAX_LINES = 2000
PARAMETERS = [
    OpenApiParameter("offset", str, description="next_offset of an earlier page; from the oldest line without."),
    OpenApiParameter("limit", int, description=f"1 to {MAX_LINES} lines; {PAGE_LINES} by default."),
    OpenApiParameter("tail", int, description=f"Begin with the last 1 to {MAX_LINES} lines instead of at an offset."),
]
ANSWERS: dict[Any, Any] = {
    (200, "application/json"): LogPageSerializer,
    (200, event_stream.MEDIA_TYPE): StreamEventSerializer,
    **answers(400, 404),
}


class LogView(ErrorsAsJson, ApiView):
    renderer_classes: tuple[type[BaseRenderer], ...] = (JSONRenderer, BrowsableAPIRenderer, EventStreamRenderer)


class DeploymentLog(LogView):
    @extend_schema(operation_id="get_deployment_log", parameters=PARAMETERS, responses=ANSWERS)
    def get(self, request: Request, name: str, number: int) -> Response | StreamingHttpResponse:
        """How it was built and started. With ``Accept: text/event-stream`` or ``?stream=1`` line by line as it goes."""
        require(self.principal, Permission.VIEW_APPS)
        deployment = lookups.deployment(self.principal, lookups.app(self.principal, name), number)
        folder = layout.build_log(deployment)
        start = _start(request, folder)
        if _wants_stream(request):
            return event_stream.respond(follow.build(self.principal, deployment.pk, folder, start))
        is_complete = progress.is_complete(deployment, timezone.now())
        return _page(request, folder, start, is_complete=is_complete)


class AppLog(LogView):
    @extend_schema(operation_id="get_app_log", parameters=PARAMETERS, responses=ANSWERS)
    def get(self, request: Request, name: str) -> Response | StreamingHttpResponse:
        """What its instances write. With ``Accept: text/event-stream`` or ``?stream=1`` line by line as it comes."""
        require(self.principal, Permission.VIEW_APPS)
        folder = layout.app_log(lookups.app(self.principal, name))
        start = _start(request, folder)
        if _wants_stream(request):
            return event_stream.respond(follow.runtime(self.principal, folder, start))
        return _page(request, folder, start, is_complete=False)


def _page(request: Request, folder: Path, start: Start, *, is_complete: bool) -> Response:
    limit = fields.whole_number(request.query_params, "limit", low=1, high=MAX_LINES) or PAGE_LINES
    page = segments.read_tail(folder, start.tail) if start.tail else segments.read(folder, start.offset, limit)
    return Response(
        {
            "lines": lines_as_json(page.lines),
            "next_offset": page.next_offset,
            "finished": is_complete and page.is_end,
        }
    )


def _start(request: Request, folder: Path) -> Start:
    """Where to begin. Last-Event-ID, where a broken stream had been, is newer than the address it was opened with."""
    tail = fields.whole_number(request.query_params, "tail", low=1, high=MAX_LINES)
    offset = request.query_params.get("offset")
    if tail is not None and offset is not None:
        raise Invalid("A log is read from an offset or from its tail, not both.", "Leave one of them out.")
    if last := request.headers.get("Last-Event-ID"):
        tail, offset = None, last
    try:
        segments.read(folder, offset, 0)
    except segments.BadOffset as error:
        raise Invalid(
            "This is not an offset of this log.", "Leave it out to read from the beginning, then use next_offset."
        ) from error
    return Start(offset, tail)


def _wants_stream(request: Request) -> bool:
    return isinstance(request.accepted_renderer, EventStreamRenderer) or fields.flag(
        request.query_params.dict(), "stream"
    )
