"""What a visitor sees at an app's address while no instance answers there.

The proxy sends a host here when it has no running deployment for it. The control plane is never
served on these hosts: a tenant's origin must not be able to act as a signed-in person.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from asgiref.sync import iscoroutinefunction, markcoroutinefunction, sync_to_async
from django.conf import settings
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.template.loader import render_to_string

from deployments.models import App, AppState

#: How soon a waiting page looks again.
RETRY_AFTER_S = 3
#: The page carries its own style, and nothing of it may do anything.
POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"


@dataclass(frozen=True)
class Notice:
    """``waits`` says that looking again soon is worth it."""

    code: str
    sentence: str
    hint: str
    waits: bool = False


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


def label_of(host: str) -> str | None:
    """The host label when ``host`` lies under the apps' domain: "hello-demo.apps.localhost:8000" is "hello-demo".

    The domain itself is nobody's, "": a cookie set there would reach every app.
    """
    name = host.rsplit(":", 1)[0].lower().rstrip(".")
    if name == settings.APPS_DOMAIN:
        return ""
    domain = f".{settings.APPS_DOMAIN}"
    return name.removesuffix(domain) if name.endswith(domain) else None


def answer(request: HttpRequest, label: str) -> HttpResponse:
    """The state of the app in a sentence, as a page or as JSON: 404 without an app, else 503."""
    notice = _notice(label)
    status = 404 if notice is NOWHERE else 503
    if "text/html" in request.META.get("HTTP_ACCEPT", ""):
        response = HttpResponse(_page(notice), status=status)
    else:
        content = {"code": notice.code, "message": notice.sentence, "hint": notice.hint}
        response = JsonResponse(content, status=status)
    if notice.waits:
        response["Retry-After"] = str(RETRY_AFTER_S)
    response["Cache-Control"] = "no-store"
    response["Content-Security-Policy"] = POLICY
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _notice(label: str) -> Notice:
    # A label that no host can have is not worth a question, and a NUL in it would be an error of the database's.
    if not label or not label.isascii() or not label.isprintable():
        return NOWHERE
    known = Q(host_label=label) | Q(host_aliases__host_label=label)
    app = App.objects.living().with_state().filter(known).first()
    return NOTICES[app.state] if app else NOWHERE


def _page(notice: Notice) -> str:
    context = {"sentence": notice.sentence, "hint": notice.hint, "waits": notice.waits, "retry_s": RETRY_AFTER_S}
    return render_to_string("app_host.html", context)
