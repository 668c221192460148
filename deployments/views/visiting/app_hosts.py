"""What the platform answers at an app's address: may this visitor pass, and what is up while no instance answers.

The proxy asks here about visitors whom it does not know, and sends a host here when it has no running deployment
for it. The control plane is never served on these hosts: a tenant's origin must not be able to act as a signed-in
person.
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from urllib.parse import urlencode

from asgiref.sync import iscoroutinefunction, markcoroutinefunction, sync_to_async
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse
from django.utils import timezone

from deployments import doors
from deployments.doors import Door
from deployments.models import App, AppState
from deployments.models.app import label_of
from deployments.routing.guards import OWN_PATH
from deployments.views.visiting import app_entrance, visitors
from deployments.views.visiting.app_notices import Notice, respond
from deployments.views.visiting.visitors import RecentTokens, Visitor

NOWHERE = Notice("not_found", "There is no app at this address.", "Check its spelling, or ask whoever gave it to you.")
_STARTING = Notice(
    "app_starting", "This app is starting.", "It will be here in a moment; this page looks again by itself.", waits=True
)
NOTICES = {
    AppState.EMPTY: Notice(
        "app_empty", "Nothing has been deployed here yet.", "The address is taken; its app is still to come."
    ),
    AppState.STARTING: _STARTING,
    AppState.RUNNING: _STARTING,
    AppState.DEGRADED: _STARTING,
    AppState.CRASHED: Notice(
        "app_crashed",
        "This app has stopped working.",
        "It is being started again; this page looks again by itself.",
        waits=True,
    ),
    AppState.STOPPED: Notice("app_stopped", "This app is stopped.", "If it is yours, start it on its page in Slipway."),
    AppState.DELETING: NOWHERE,
}
RECENT = RecentTokens()


class AppHostMiddleware:
    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase | Awaitable[HttpResponseBase]]) -> None:
        self.get_response = get_response
        if iscoroutinefunction(get_response):
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        label = label_of(request.META.get("HTTP_HOST", ""))
        if label is None:
            return self.get_response(request)
        if iscoroutinefunction(self.get_response):
            return sync_to_async(answer, thread_sensitive=True)(request, label)
        return answer(request, label)


def answer(request: HttpRequest, label: str) -> HttpResponse:
    """To a visitor, or to the proxy that asks whether one may pass (with the request's own method and path)."""
    is_question = "HTTP_X_SLIPWAY_QUESTION" in request.META
    if is_question and (known := _known(request, label)):
        return _may_pass(known)
    door = doors.find(label)
    if door is None:
        return respond(request, NOWHERE, status=404)
    if request.path.startswith(OWN_PATH) and not door.is_open and not is_question:
        return app_entrance.serve(request, door, label)
    visitor = visitors.recognise(request, door, now=timezone.now())
    if visitor is None:
        return visitors.refuse(request)
    if is_question:
        _remember(request, label, visitor)
        return _may_pass(visitor)
    return _with_cookie(respond(request, _notice(door), status=503), visitor)


def _known(request: HttpRequest, label: str) -> Visitor | None:
    token = visitors.platform_token(request)
    return RECENT.get(token, label) if token else None


def _remember(request: HttpRequest, label: str, visitor: Visitor) -> None:
    if token := visitors.platform_token(request):
        RECENT.keep(token, label, visitor)


def _may_pass(visitor: Visitor) -> HttpResponse:
    return _with_cookie(HttpResponse(headers=dict(visitor.identity)), visitor)


def _with_cookie(response: HttpResponse, visitor: Visitor) -> HttpResponse:
    if visitor.cookie is not None:
        visitors.set_cookie(response, settings.APP_COOKIE_NAME, visitor.cookie)
    return response


def _notice(door: Door) -> Notice:
    if door.preview:
        return _STARTING
    app = App.objects.with_state().get(pk=door.app.pk)
    notice = NOTICES[app.state]
    return replace(notice, way_out=("Start it", _page_of(app))) if app.state is AppState.STOPPED else notice


def _page_of(app: App) -> str:
    """On the platform's own origin, by the host alone: an app that is open to everyone tells nobody more than that."""
    return f"{settings.URL}{reverse('app-at-host')}?{urlencode({'host': app.host})}"
