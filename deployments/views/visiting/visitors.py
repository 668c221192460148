"""Who a visitor of an app is, and whether they may pass."""

import re
import time
import uuid
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import quote, urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from deployments.doors import Door
from deployments.models import AppVisit
from deployments.operations import visits
from deployments.routing import app_cookies
from deployments.routing.app_cookies import Pass
from deployments.routing.guards import IDENTITY, OWN_PATH, PLATFORM_TOKEN
from deployments.views.visiting.app_notices import Notice, respond
from workspaces import principals
from workspaces.models import User
from workspaces.operations import access_tokens

SIGN_IN = f"{OWN_PATH}sign-in"
#: Each costs a signature; browsers send one, and somebody else's beside it at worst.
MAX_COOKIES = 4
#: An address goes through three redirects; beyond this length the way leads to the front page.
LONGEST_PATH = 2000
#: A program that asks often is looked up once in this time. What it lost works on for as long.
TOKEN_KEPT_S = 2.0
TOKENS_KEPT = 1000
UNKNOWN = Notice("unauthenticated", "Sign in to use this app.", "Open it in a browser, or send a token of Slipway.")
SIGNED_OUT = Notice(
    "unauthenticated",
    "You are not signed in to this app any more.",
    "Nothing was sent.",
    way_out=("Sign in", "/"),
)
BAD_TOKEN = Notice(
    "unauthenticated",
    "This token does not open this app.",
    "It is unknown, expired or revoked, or belongs to somebody who may not use the app.",
)


@dataclass(frozen=True)
class Visitor:
    """``identity``: headers for the app. ``cookie``: with what the browser's own is to be replaced."""

    identity: Mapping[str, str]
    cookie: str | None = None


#: Whoever passes an open door.
ANYBODY = Visitor({})


def recognise(request: HttpRequest, door: Door, *, now: datetime) -> Visitor | None:
    """The visitor when they may pass the door, by token or by cookie."""
    if door.is_open:
        return ANYBODY
    if token := platform_token(request):
        return _by_token(token, door, now)
    return _by_cookie(request, door, now)


def refuse(request: HttpRequest) -> HttpResponse:
    """People are sent to sign in, when that can bring them back to where they are. Programs are told."""
    if platform_token(request):
        response = respond(request, BAD_TOKEN, status=401)
    elif _is_navigation(request) and request.method in ("GET", "HEAD"):
        response = HttpResponseRedirect(f"{SIGN_IN}?{urlencode({'next': path_of(request)})}")
        response["Cache-Control"] = "no-store"
        return response
    else:
        response = respond(request, SIGNED_OUT if _is_navigation(request) else UNKNOWN, status=401)
    response["WWW-Authenticate"] = 'Bearer realm="slipway"'
    return response


def cookie_of(visit: AppVisit, door: Door, *, now: datetime) -> str:
    """What the browser shows from now on."""
    lifetime = timedelta(seconds=settings.APP_COOKIE_LIFETIME_S)
    return app_cookies.sign(settings.APP_COOKIE_KEY, _pass(visit, door), now=now, lifetime=lifetime)


def set_cookie(response: HttpResponse, name: str, value: str) -> None:
    """A cookie of this host alone, which ends with the browser's session."""
    response.set_cookie(name, value, path="/", secure=settings.IS_HTTPS, httponly=True, samesite="Lax")


def path_of(request: HttpRequest) -> str:
    path = request.get_full_path()
    return path if len(path) <= LONGEST_PATH else "/"


def platform_token(request: HttpRequest) -> str | None:
    header = request.META.get("HTTP_AUTHORIZATION", "")
    return header.rsplit(" ", 1)[-1].strip() if re.fullmatch(PLATFORM_TOKEN, header) else None


class RecentTokens:
    """Answers about tokens, for some moments. Lives in one process; what it forgets is looked up again."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, str], tuple[float, Visitor]] = OrderedDict()

    def get(self, token: str, label: str) -> Visitor | None:
        until, visitor = self._kept.get((visits.digest(token), label), (0.0, None))
        return visitor if until > time.monotonic() else None

    def keep(self, token: str, label: str, visitor: Visitor) -> None:
        self._kept[(visits.digest(token), label)] = (time.monotonic() + TOKEN_KEPT_S, visitor)
        while len(self._kept) > TOKENS_KEPT:
            self._kept.popitem(last=False)


def _by_token(text: str, door: Door, now: datetime) -> Visitor | None:
    token = access_tokens.authenticate(text, now=now)
    principal = principals.of_token(token) if token else None
    if principal is None or not visits.may_pass(principal, door):
        return None
    return Visitor(_identity(principal.user))


def _by_cookie(request: HttpRequest, door: Door, now: datetime) -> Visitor | None:
    for text in _cookies(request):
        shown = app_cookies.read(settings.APP_COOKIE_KEY, text)
        if shown is None or not door.is_named_by(shown.door):
            continue
        visit = visits.renew(uuid.UUID(shown.sid), now=now)
        if visit is not None:
            return Visitor(_identity(visit.user), cookie_of(visit, door, now=now))
    return None


def _cookies(request: HttpRequest) -> list[str]:
    """All of that name: a neighbour's page may have put a bad one before the good."""
    pairs = (part.strip().partition("=") for part in request.META.get("HTTP_COOKIE", "").split(";"))
    return [value for name, _, value in pairs if name == settings.APP_COOKIE_NAME][:MAX_COOKIES]


def _pass(visit: AppVisit, door: Door) -> Pass:
    user = _identity(visit.user)
    return Pass(door.key, visit.uuid.hex, **{claim: user[header] for header, claim in IDENTITY.items()})


def _identity(user: User) -> dict[str, str]:
    """Headers are no place for other letters than these: frameworks disagree about what such bytes mean."""
    email = quote(user.email, safe="@!#$&'*+/=?^`{|}")
    name = user.name if user.name.isascii() and user.name.isprintable() and user.name.strip() else email
    values = {"sub": str(user.uuid), "email": email, "name": name.strip()}
    return {header: values[claim] for header, claim in IDENTITY.items()}


def _is_navigation(request: HttpRequest) -> bool:
    """Whether a person's browser is to show the answer as a page."""
    mode = request.META.get("HTTP_SEC_FETCH_MODE")
    return mode == "navigate" if mode else "text/html" in request.META.get("HTTP_ACCEPT", "")
