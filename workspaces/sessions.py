"""The workspace a browser is in, remembered in its session."""

from datetime import timedelta
from typing import cast

from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone

from workspaces import principals
from workspaces.models import Membership, User
from workspaces.principals import Principal

KEY = "workspace"
#: Presence is shown roughly; writing it at each request would be a write per read.
PRESENCE_PRECISION = timedelta(minutes=5)


def current(request: HttpRequest) -> Principal | None:
    """The signed-in person in the workspace last opened, else in their first one; ``None`` without any."""
    user = cast(User, request.user)
    slug = request.session.get(KEY) or first_workspace(user)
    principal = _member(request, slug) if slug else None
    if principal is None and (slug := first_workspace(user)):
        principal = _member(request, slug)
    if principal is not None:
        _note_presence(principal)
    return principal


def enter(request: HttpRequest, slug: str) -> Principal | None:
    """The signed-in person in that workspace, which is remembered; ``None`` for a stranger to it."""
    principal = _member(request, slug)
    if principal is not None and request.session.get(KEY) != slug:
        request.session[KEY] = slug
    if principal is not None:
        _note_presence(principal)
    return principal


def _member(request: HttpRequest, slug: str) -> Principal | None:
    user = cast(User, request.user)
    return principals.of_user(user, slug, address=address(request), session=request.session.session_key)


def first_workspace(user: User) -> str | None:
    living = Membership.objects.filter(user=user, deactivated_at=None)
    membership = living.select_related("workspace").order_by("id").first()
    return membership.workspace.slug if membership else None


def _note_presence(principal: Principal) -> None:
    now = timezone.now()
    seen_before = Q(last_seen_at=None) | Q(last_seen_at__lt=now - PRESENCE_PRECISION)
    mine = Membership.objects.filter(workspace=principal.workspace, user=principal.user)
    mine.filter(seen_before).update(last_seen_at=now)


def address(request: HttpRequest) -> str | None:
    """The caller's address: the last entry of X-Forwarded-For is the one our own proxy wrote.

    The web listens on a unix socket that only the proxy can open, so the header can be believed.
    """
    forwarded = str(request.META.get("HTTP_X_FORWARDED_FOR", "")).rsplit(",", 1)[-1].strip()
    return forwarded or None
