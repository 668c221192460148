"""/__api__/v1/tasks/{id}: how a deployment goes, with the lines of its log.

A client asks with ``wait=1`` again and again until it is decided. Those who wait hold neither a thread nor a
database connection.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from django.db import DatabaseError
from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils import timezone
from rest_framework.request import Request

from deployments import layout
from deployments.api import event_stream
from deployments.api.connect import lookups
from deployments.api.dialect_states import CONNECT_EXIT_CODES
from deployments.following import looks, progress, rights
from deployments.logs import segments
from deployments.models import Deployment, State
from workspaces.api import fields
from workspaces.api.connect.views import ConnectView
from workspaces.permissions import Permission, require
from workspaces.principals import Principal

#: Longer than any client waits; whoever wants more asks again.
LONGEST_WAIT_S = 30
MOST_LINES = 1_000_000
LOOK_S = 0.5
MEDIA_TYPE = "application/json"
HEADERS = {"Cache-Control": "no-store"}


@dataclass(frozen=True)
class Fate:
    """``error`` is a sentence when ``code`` is not 0."""

    is_finished: bool
    code: int = 0
    error: str = ""


class Task(ConnectView):
    def get(self, request: Request, task_id: str) -> HttpResponseBase:
        """Lines from ``first`` on, at once or, with ``wait``, when it is finished or that many seconds are over."""
        require(self.principal, Permission.VIEW_APPS)
        deployment = lookups.task(self.principal, task_id)
        query = request.query_params.dict()
        first = fields.whole_number(query, "first", low=0, high=MOST_LINES) or 0
        wait_s = min(fields.whole_number(query, "wait", low=0, high=86_400) or 0, LONGEST_WAIT_S)
        asked = _Asked(self.principal, deployment.pk, deployment.uuid.hex, layout.build_log(deployment), first)
        fate = _fate(deployment)
        if fate.is_finished or not wait_s:
            return HttpResponse(asked.answer(fate), MEDIA_TYPE, headers=HEADERS)
        return StreamingHttpResponse(_when_finished(asked, fate, wait_s), content_type=MEDIA_TYPE, headers=HEADERS)


@dataclass(frozen=True)
class _Asked:
    principal: Principal
    deployment_id: int
    task_id: str
    log: Path
    first: int

    def look(self) -> Fate | None:
        deployment = rights.followed(self.principal, self.deployment_id)
        return _fate(deployment) if deployment else None

    def answer(self, fate: Fate) -> bytes:
        """Reads the log after the row: when the row says that its lines are complete, these are the last."""
        lines = [line.text for line in segments.read(self.log, None, MOST_LINES).lines]
        return self._told(fate, lines[self.first :], max(self.first, len(lines)))

    def nothing_new(self) -> bytes:
        """For whoever may not read on: they are told why when they ask again."""
        return self._told(Fate(is_finished=False), [], self.first)

    def _told(self, fate: Fate, output: list[str], last: int) -> bytes:
        content = {
            "id": self.task_id,
            "output": output,
            "result": None,
            "finished": fate.is_finished,
            "code": fate.code,
            "error": fate.error,
            "last": last,
        }
        return json.dumps(content).encode()


async def _when_finished(asked: _Asked, fate: Fate, wait_s: int) -> AsyncIterator[bytes]:
    await event_stream.let_go()
    clock = asyncio.get_running_loop().time
    end = clock() + wait_s
    while not fate.is_finished and clock() < end:
        await asyncio.sleep(min(LOOK_S, max(end - clock(), 0)))
        try:
            found = await looks.at_rows(asked.look)
        except DatabaseError:
            found = None
        if found is None:
            yield asked.nothing_new()
            return
        fate = found
    yield await asyncio.to_thread(asked.answer, fate)


def _fate(deployment: Deployment) -> Fate:
    if not progress.is_complete(deployment, timezone.now()):
        return Fate(is_finished=False)
    code = CONNECT_EXIT_CODES.get(State(deployment.state), 0)
    return Fate(True, code, _error(deployment) if code else "")


def _error(deployment: Deployment) -> str:
    if deployment.failure_message:
        return f"{deployment.failure_message} {deployment.failure_hint}".strip()
    event = deployment.events.filter(name=deployment.state).last()
    return f"Deployment {deployment.number} was cancelled. {event.text if event else ''}".strip()
