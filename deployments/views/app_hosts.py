"""What a visitor sees at an app's address while no instance answers there.

The proxy sends a host here when it has no running deployment for it. The control plane is never
served on these hosts: a tenant's origin must not be able to act as a signed-in person.
"""

from collections.abc import Awaitable, Callable

from asgiref.sync import iscoroutinefunction, markcoroutinefunction, sync_to_async
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render

from deployments.models import App, AppState

SENTENCES = {
    AppState.EMPTY: "Nothing has been deployed to this app yet.",
    AppState.STARTING: "This app is starting. It will be here in a moment.",
    AppState.RUNNING: "This app is starting. It will be here in a moment.",
    AppState.DEGRADED: "This app is starting. It will be here in a moment.",
    AppState.CRASHED: "This app has stopped working and is being started again.",
    AppState.STOPPED: "This app is stopped.",
}
NOWHERE = "There is no app at this address."
#: How soon a waiting page looks again.
RETRY_AFTER_S = 3


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
    """The host label when ``host`` lies under the apps' domain: "hello-demo.apps.localhost:8000" is "hello-demo"."""
    name = host.rsplit(":", 1)[0].lower().rstrip(".")
    domain = f".{settings.APPS_DOMAIN}"
    return name.removesuffix(domain) if name.endswith(domain) else None


def answer(request: HttpRequest, label: str) -> HttpResponse:
    """The state of the app in a sentence, as a page or as JSON: 404 without an app, else 503."""
    app = App.objects.living().with_state().filter(host_label=label).first()
    state = app.state if app else None
    status = 503 if app else 404
    sentence = SENTENCES.get(state, NOWHERE) if state else NOWHERE
    waits = app is not None and state not in {AppState.STOPPED, AppState.EMPTY}
    if "text/html" in request.META.get("HTTP_ACCEPT", ""):
        response: HttpResponse = render(request, "app_host.html", {"sentence": sentence, "waits": waits, "retry_s": RETRY_AFTER_S}, status=status)
    else:
        code = f"app_{state}" if state else "not_found"
        response = JsonResponse({"code": code, "message": sentence, "hint": ""}, status=status)
    if waits:
        response["Retry-After"] = str(RETRY_AFTER_S)
    response["Cache-Control"] = "no-store"
    response["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"
    return response
