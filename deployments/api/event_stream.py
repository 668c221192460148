"""What follows a log, as server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html).

    id: 1-2f0
    event: lines
    data: {"lines": [{"at": "…", "source": "build", "text": "Unpacking"}], "next_offset": "1-2f0"}

The id is an offset: a client that comes back with it as Last-Event-ID misses nothing and reads nothing twice.
"""

import json
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any

from asgiref.sync import SyncToAsync, sync_to_async
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connections
from django.http import StreamingHttpResponse
from rest_framework.renderers import JSONRenderer

from deployments.api.log_lines import lines_as_json
from deployments.api.serializers import PhaseSerializer
from deployments.following.messages import End, Heartbeat, Lines, Message, Progress

MEDIA_TYPE = "text/event-stream"
#: How soon a browser comes back when the stream breaks.
RETRY_MS = 1000


class EventStreamRenderer(JSONRenderer):
    """Lets content negotiation find the stream; the stream itself is never rendered."""

    media_type = MEDIA_TYPE
    format = "events"


def respond(messages: AsyncIterator[Message]) -> StreamingHttpResponse:
    # Proxies that buffer would hold the lines back.
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingHttpResponse(_events(messages), content_type=f"{MEDIA_TYPE}; charset=utf-8", headers=headers)


async def _events(messages: AsyncIterator[Message]) -> AsyncIterator[bytes]:
    await let_go()
    yield f"retry: {RETRY_MS}\n\n".encode()
    async with aclosing(messages) as following:  # type: ignore[type-var]
        async for message in following:
            yield encode(message)


def encode(message: Message) -> bytes:
    match message:
        case Lines():
            content = {"lines": lines_as_json(message.lines), "next_offset": message.next_offset}
            return f"id: {message.next_offset}\n".encode() + _event("lines", content)
        case Progress():
            return _event("state", {"state": message.state, "phases": PhaseSerializer(message.phases, many=True).data})
        case Heartbeat():
            return b": still here\n\n"
        case End():
            return _event("end", {})


def _event(name: str, content: dict[str, Any]) -> bytes:
    # JSON writes line breaks as \n, so that the data stay one line.
    return f"event: {name}\ndata: {json.dumps(content, cls=DjangoJSONEncoder)}\n\n".encode()


async def let_go() -> None:
    """Give back the thread and the database connection that the request was answered with.

    Django keeps both until the response has ended, which for a stream can be minutes.
    """
    await sync_to_async(connections.close_all)()
    context = SyncToAsync.thread_sensitive_context.get(None)
    executor = SyncToAsync.context_to_thread_executor.pop(context, None) if context else None
    if executor is not None:
        executor.shutdown(wait=False)
