"""Visits of signed-in people to apps: how one begins, crosses to the app's origin, goes on and ends."""

import hashlib
import secrets
import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import Exists, F, OuterRef

from deployments.doors import Door
from deployments.models import App, AppVisit, EntryCode
from deployments.operations import access
from workspaces.models import User
from workspaces.principals import Principal

#: Between the two redirects that need it lies one answer of the browser.
CODE_LIFE = timedelta(seconds=60)
#: The proxy's clock and ours are the same; a cookie's life is rounded to seconds.
MARGIN = timedelta(seconds=30)
#: More people than that leaving one app within a cookie's life: all its visitors are asked about anew, instead of the
#: proxy comparing each with a long list.
LONGEST_LIST = 100
#: Ended visits are of no use once no cookie of theirs can pass.
KEEP_ENDED = timedelta(hours=1)


@dataclass(frozen=True)
class Entry:
    """A visit that may begin at an app's origin, on that path."""

    visit: AppVisit
    path: str


def begin(principal: Principal, door: Door, *, session_key: str, now: datetime) -> AppVisit | None:
    """The visit of this session behind that door, a new one if there is none; ``None`` for whoever may not pass."""
    if not may_pass(principal, door):
        return None
    mine = AppVisit.objects.permitted(now).filter(
        app=door.app, preview=door.preview, user=principal.user, session_key=session_key
    )
    return mine.first() or AppVisit.objects.create(
        app=door.app, preview=door.preview, user=principal.user, session_key=session_key,
        password_stamp=password_stamp(principal.user), created_at=now, renewed_at=now,
    )  # fmt: skip


def may_pass(principal: Principal, door: Door) -> bool:
    """Whether the principal may use what lies behind the door."""
    if door.preview is not None:
        return door.app.workspace_id == principal.workspace.pk
    return access.admits(door.app, principal)


def make_code(visit: AppVisit, *, host: str, browser: str, path: str, now: datetime) -> str:
    """A code for the redirect to ``host`` (without a port), for the browser whose cookie there has that digest."""
    text = secrets.token_urlsafe(32)
    EntryCode.objects.create(
        digest=digest(text), visit=visit, host=host, browser_digest=browser, path=path, expires_at=now + CODE_LIFE
    )
    return text


def redeem(text: str, door: Door, *, host: str, browser: str, now: datetime) -> Entry | None:
    """What the code was made for, once: ``None`` at a second time, late, at another host or in another browser."""
    with transaction.atomic():
        found = EntryCode.objects.select_for_update(of=("self",)).filter(digest=digest(text), expires_at__gt=now)
        code = found.select_related("visit").first()
        if code is None:
            return None
        code.delete()
    is_here = (code.visit.app_id, code.visit.preview_id) == (door.app.pk, door.preview.pk if door.preview else None)
    if not is_here or code.host != host or not secrets.compare_digest(code.browser_digest, browser):
        return None
    visit = renew(code.visit.uuid, now=now)
    return Entry(visit, code.path) if visit else None


def renew(visit_uuid: uuid.UUID, *, now: datetime) -> AppVisit | None:
    """The visit, when its person may still see the app; from now on a cookie of it may be living."""
    permitted = AppVisit.objects.permitted(now).filter(uuid=visit_uuid)
    if not permitted.update(renewed_at=now):
        return None
    return AppVisit.objects.select_related("app", "user").get(uuid=visit_uuid)


def end_forbidden(now: datetime) -> int:
    """End the visits that may have a living cookie but whose person has signed out, left, or lost their access."""
    living = AppVisit.objects.filter(ended_at=None, renewed_at__gt=now - _cookie_life())
    ended = living.exclude(pk__in=AppVisit.objects.permitted(now).values("pk")).update(ended_at=now)
    if ended:
        _shorten_lists(now)
    return ended


def ended(apps: Sequence[App], now: datetime) -> Mapping[int, tuple[str, ...]]:
    """By app, the visits whose cookies could still pass the proxy although they have ended."""
    rows = AppVisit.objects.filter(app__in=apps, ended_at__gt=now - _cookie_life()).order_by("ended_at", "id")
    found: dict[int, list[str]] = defaultdict(list)
    for app_id, visit_uuid in rows.values_list("app_id", "uuid"):
        found[app_id].append(visit_uuid.hex)
    return {app_id: tuple(uuids) for app_id, uuids in found.items()}


def forget_old(now: datetime) -> None:
    """Remove what can let nobody in any more."""
    EntryCode.objects.filter(expires_at__lt=now).delete()
    AppVisit.objects.filter(ended_at__lt=now - KEEP_ENDED).delete()
    sessions = Session.objects.filter(session_key=OuterRef("session_key"), expire_date__gt=now)
    AppVisit.objects.filter(~Exists(sessions), ended_at=None, renewed_at__lt=now - KEEP_ENDED).delete()


def password_stamp(user: User) -> str:
    """What ``AppVisit.password_stamp`` is while the password stays."""
    return hashlib.md5(user.password.encode(), usedforsecurity=False).hexdigest()


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _shorten_lists(now: datetime) -> None:
    crowded = AppVisit.objects.filter(ended_at__gt=now - _cookie_life()).values_list("app_id", flat=True)
    counts: dict[int, int] = defaultdict(int)
    for app_id in crowded:
        counts[app_id] += 1
    for app_id, count in counts.items():
        if count > LONGEST_LIST:
            App.objects.filter(pk=app_id).update(access_epoch=F("access_epoch") + 1)
            # Their cookies name an epoch that is over.
            long_ago = now - _cookie_life() - MARGIN
            AppVisit.objects.filter(app_id=app_id, ended_at__isnull=False).update(ended_at=long_ago)


def _cookie_life() -> timedelta:
    return timedelta(seconds=settings.APP_COOKIE_LIFETIME_S) + MARGIN
