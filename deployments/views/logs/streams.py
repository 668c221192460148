"""Logs as server-sent events for the page that follows them, at addresses that name their workspace.

The API's streams go by the workspace the browser opened last, which with two tabs may be another one.
"""

from pathlib import Path

from django.http import HttpRequest, HttpResponseBase

from deployments import layout
from deployments.api import event_stream
from deployments.following import follow
from deployments.following.logs import Start
from deployments.logs import segments
from deployments.views.finding import find_app, find_deployment
from workspaces.errors import Invalid
from workspaces.pages import for_members
from workspaces.principals import Principal


@for_members
def deployment_log(request: HttpRequest, principal: Principal, name: str, number: int) -> HttpResponseBase:
    deployment = find_deployment(principal, find_app(principal, name), number)
    folder = layout.build_log(deployment)
    return event_stream.respond(follow.build(principal, deployment.pk, folder, _start(request, folder)))


@for_members
def deployment_timeline(request: HttpRequest, principal: Principal, name: str, number: int) -> HttpResponseBase:
    """Of the build and then of the app as it runs. An offset is those of both logs: ``1-2f0.3-abc``."""
    app = find_app(principal, name)
    deployment = find_deployment(principal, app, number)
    build, runtime = layout.build_log(deployment), layout.app_log(app)
    first, _, second = _asked(request).partition(".")
    offsets = _checked(build, first), _checked(runtime, second)
    return event_stream.respond(
        follow.timeline(principal, deployment.pk, build=build, runtime=runtime, offsets=offsets)
    )


def _start(request: HttpRequest, folder: Path) -> Start:
    return Start(_checked(folder, _asked(request)))


def _asked(request: HttpRequest) -> str:
    """Where the browser was when its connection broke, else where its page ended."""
    return request.headers.get("Last-Event-ID") or request.GET.get("offset", "")


def _checked(folder: Path, offset: str) -> str:
    try:
        segments.read(folder, offset, 0)
    except segments.BadOffset:
        raise Invalid("This is not an offset of this log.", "Reload the page.") from None
    return offset
