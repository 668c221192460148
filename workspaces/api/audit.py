"""/api/v1/audit: who did what to which thing, newest first. For admins."""

import csv
import io
import json
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from typing import Any

from asgiref.sync import sync_to_async
from django.db.models import QuerySet
from django.http import HttpResponseBase, StreamingHttpResponse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.renderers import BrowsableAPIRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from workspaces.api import fields, paging
from workspaces.api.errors import answers
from workspaces.api.views import ApiView, ErrorsAsJson
from workspaces.errors import Invalid
from workspaces.models import AuditEvent
from workspaces.permissions import Permission, require
from workspaces.principals import Principal

MEDIA_TYPE = "text/csv"
COLUMNS = ("id", "at", "actor", "verb", "object_type", "object_name", "address", "details")
FILTERS = {"actor", "verb", "object_type", "since", "until"}
#: Rows read at once for a CSV file: some hundred kilobytes, whatever the size of the whole.
CHUNK_ROWS = 1000
#: What spreadsheets take for the beginning of a formula.
FORMULA_MARKS = ("=", "+", "-", "@", "\t", "\r")
PARAMETERS = [
    OpenApiParameter("cursor", str),
    OpenApiParameter("limit", int, description="1 to 200; 50 by default."),
    OpenApiParameter("actor", str, description="The name as it stands in the audit."),
    OpenApiParameter("verb", str),
    OpenApiParameter("object_type", str),
    OpenApiParameter("since", datetime, description="From this time on."),
    OpenApiParameter("until", datetime, description="Before this time."),
]


class AuditEventSerializer(serializers.ModelSerializer[AuditEvent]):
    id = serializers.UUIDField(source="uuid")
    actor = serializers.CharField(source="actor_name")
    address = serializers.CharField(allow_null=True, help_text="From where, when it was asked for from outside.")
    details = serializers.DictField()

    class Meta:
        model = AuditEvent
        fields = COLUMNS


class AuditPageSerializer(serializers.Serializer[Any]):
    results = AuditEventSerializer(many=True)
    next = paging.Next()


class CsvRenderer(JSONRenderer):
    """Lets content negotiation find CSV; the file itself is streamed, never rendered."""

    media_type = MEDIA_TYPE
    format = "csv"


class Audit(ErrorsAsJson, ApiView):
    renderer_classes = (JSONRenderer, BrowsableAPIRenderer, CsvRenderer)

    @extend_schema(
        operation_id="list_audit",
        parameters=PARAMETERS,
        responses={
            (200, "application/json"): AuditPageSerializer,
            (200, MEDIA_TYPE): OpenApiTypes.STR,
            **answers(400, 403),
        },
    )
    def get(self, request: Request) -> HttpResponseBase:
        """What happened in the workspace. With ``Accept: text/csv`` everything that matches, as one file."""
        require(self.principal, Permission.READ_AUDIT)
        fields.refuse_unknown(request.query_params.keys(), FILTERS | {"cursor", "limit", "format"})
        rows = _matching(self.principal, request.query_params.dict())
        if request.accepted_renderer.format == CsvRenderer.format:
            headers = {"Content-Disposition": 'attachment; filename="audit.csv"', "Cache-Control": "no-store"}
            return StreamingHttpResponse(_lines(rows), content_type=f"{MEDIA_TYPE}; charset=utf-8", headers=headers)
        results, following = paging.page(request, rows, by="pk", read=_as_id, descending=True)
        return Response({"results": AuditEventSerializer(results, many=True).data, "next": following})


def _matching(principal: Principal, query: dict[str, str]) -> QuerySet[AuditEvent]:
    columns = {"actor": "actor_name", "verb": "verb", "object_type": "object_type"}
    wanted: dict[str, object] = {column: _text(name, query[name]) for name, column in columns.items() if name in query}
    if "since" in query:
        wanted["at__gte"] = _time("since", query["since"])
    if "until" in query:
        wanted["at__lt"] = _time("until", query["until"])
    return AuditEvent.objects.visible_to(principal).filter(**wanted)


async def _lines(rows: QuerySet[AuditEvent]) -> AsyncIterator[str]:
    yield _csv([COLUMNS])
    last: int | None = None
    while chunk := await sync_to_async(_chunk)(rows, last):
        yield _csv(_cells(event) for event in chunk)
        last = chunk[-1].pk


def _chunk(rows: QuerySet[AuditEvent], last: int | None) -> list[AuditEvent]:
    """By their number, not by a cursor of the database: nothing is held open while a client reads slowly."""
    behind = rows if last is None else rows.filter(pk__lt=last)
    return list(behind.order_by("-pk")[:CHUNK_ROWS])


def _csv(lines: Any) -> str:
    text = io.StringIO()
    csv.writer(text).writerows(lines)
    return text.getvalue()


def _cells(event: AuditEvent) -> Iterator[str]:
    details = json.dumps(event.details, ensure_ascii=False)
    names = (event.actor_name, event.verb, event.object_type, event.object_name, event.address or "", details)
    yield from (str(event.uuid), event.at.isoformat(), *map(_harmless, names))


def _harmless(cell: str) -> str:
    """An app or a person may be named like a formula; whoever opens the file must not run it."""
    return f"'{cell}" if cell.startswith(FORMULA_MARKS) else cell


def _text(name: str, value: str) -> str:
    # PostgreSQL refuses NUL even in a question.
    if "\0" in value:
        raise Invalid(f"{name} holds a NUL character.")
    return value


def _time(name: str, text: str) -> datetime:
    try:
        at = parse_datetime(text)
        # In UTC from here on: PostgreSQL refuses zones that Python can write, such as +17:22.
        utc = at.astimezone(UTC) if at is not None and timezone.is_aware(at) else at and at.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        utc = None
    if utc is None:
        raise Invalid(f"{name} is not a time.", "Write it in UTC like 2026-01-31T13:00:00Z.")
    return utc


def _as_id(word: str) -> int:
    if not (word.isascii() and word.isdecimal() and len(word) <= 18):
        raise ValueError(word)
    return int(word)
