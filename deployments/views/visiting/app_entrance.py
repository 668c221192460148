"""How a browser that is signed in to the platform gets the cookie of an app.

1. A page of the app is asked for without a cookie: the visitor is sent to ``sign_in``, on the app's own origin.
2. That gives the browser a secret of its own and sends it to ``open_app`` on the control plane, which signs people in.
3. Whoever may see the app is sent back to ``enter`` with a code that works once, for that browser, at that host.
4. That sets the cookie and leads to the page that was asked for.
"""

import re
import secrets
from typing import cast
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache

from deployments import doors
from deployments.doors import Door
from deployments.models.app import host_of, label_of, origin_of
from deployments.operations import visits
from deployments.routing.guards import OWN_PATH
from deployments.views.visiting import visitors
from deployments.views.visiting.app_notices import Notice, respond
from workspaces import principals, sessions
from workspaces.pages import sign_in_first
from workspaces.principals import Principal

ENTER = f"{OWN_PATH}enter"
SECRET = re.compile(r"[A-Za-z0-9_-]{32}")
DIGEST = re.compile(r"[0-9a-f]{64}")
USED = Notice(
    "used_link",
    "This way into the app has been used, or took too long.",
    "It works once, within a minute, in the browser that asked for it. If this page comes back, the browser may be "
    "refusing the app's cookies.",
    way_out=("Open the app", "/"),
)
NOTHING = Notice("not_found", "There is nothing at this address.", "Addresses that begin so belong to Slipway.")


def serve(request: HttpRequest, door: Door, label: str) -> HttpResponse:
    """What lies under OWN_PATH on the origin of an app that is not open to everyone."""
    if request.method == "GET" and request.path == visitors.SIGN_IN:
        return _sign_in(request, label)
    if request.method == "GET" and request.path == ENTER:
        return _enter(request, door, label)
    return respond(request, NOTHING, status=404)


def _sign_in(request: HttpRequest, label: str) -> HttpResponse:
    """Tabs that sign in at the same time share the browser's secret."""
    kept = request.COOKIES.get(settings.APP_BROWSER_COOKIE_NAME, "")
    secret = kept if SECRET.fullmatch(kept) else secrets.token_urlsafe(24)
    asked = {"host": host_of(label), "browser": visits.digest(secret), "next": _path(request.GET.get("next"))}
    response = _redirect(f"{settings.URL}{reverse('open-app')}?{urlencode(asked)}")
    visitors.set_cookie(response, settings.APP_BROWSER_COOKIE_NAME, secret)
    return response


@never_cache
def open_app(request: HttpRequest) -> HttpResponse:
    """On the control plane: let the signed-in person into the app at ``host``, or say that they may not."""
    if not request.user.is_authenticated:
        return sign_in_first(request, signed_in="1")
    host, browser = request.GET.get("host", ""), request.GET.get("browser", "")
    label, path = label_of(host), _path(request.GET.get("next"))
    door = doors.find(label) if label else None
    user = request.user
    principal = principals.of_user(user, door.app.workspace.slug, address=sessions.address(request)) if door else None
    if door is None or label is None or (principal is None and not door.is_open):
        return render(request, "deployments/app_closed.html", {"host": host[:300]}, status=403)
    origin = origin_of(host_of(label))
    if door.is_open or not DIGEST.fullmatch(browser):
        return _redirect(origin + path)
    code = _code(request, cast(Principal, principal), door, label, browser, path)
    if code is None:
        return render(request, "deployments/app_closed.html", {"host": host[:300], "app": door.app}, status=403)
    target = f"{origin}{ENTER}?{urlencode({'code': code})}"
    # A form may not lead to other origins (Content-Security-Policy), not even by redirects: a page of its own may.
    if "signed_in" in request.GET:
        response = render(request, "deployments/app_opening.html", {"target": target, "host": host_of(label)})
        response["Referrer-Policy"] = "no-referrer"
        return response
    return _redirect(target)


def _code(request: HttpRequest, principal: Principal, door: Door, label: str, browser: str, path: str) -> str | None:
    now, session_key = timezone.now(), request.session.session_key
    visit = visits.begin(principal, door, session_key=session_key, now=now) if session_key else None
    return visits.make_code(visit, host=host_of(label), browser=browser, path=path, now=now) if visit else None


def _enter(request: HttpRequest, door: Door, label: str) -> HttpResponse:
    now, origin = timezone.now(), origin_of(host_of(label))
    secret = request.COOKIES.get(settings.APP_BROWSER_COOKIE_NAME, "")
    entry = visits.redeem(
        request.GET.get("code", ""), door, host=host_of(label), browser=visits.digest(secret), now=now
    )
    if entry is None:
        # Back and forth in the browser's history comes here again.
        is_in = visitors.recognise(request, door, now=now) is not None
        return _redirect(f"{origin}/") if is_in else respond(request, USED, status=400)
    response = _redirect(origin + entry.path)
    visitors.set_cookie(response, settings.APP_COOKIE_NAME, visitors.cookie_of(entry.visit, door, now=now))
    return response


def _path(text: str | None) -> str:
    """A path on the app's own origin, whatever was sent."""
    is_path = text is not None and text.startswith("/") and text.isascii() and text.isprintable()
    return text if text is not None and is_path and len(text) <= visitors.LONGEST_PATH else "/"


def _redirect(target: str) -> HttpResponse:
    response = HttpResponseRedirect(target)
    response["Cache-Control"] = "no-store"
    response["Referrer-Policy"] = "no-referrer"
    return response
