"""Environments that are to be made again, because what should run has none to run in."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.db import connection

from deployments import queue
from deployments.models import Deployment, Restoration, State

#: The first pause after a failure, doubled each time up to the longest.
PAUSE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(hours=1)
#: Any number will do, as long as no other advisory lock has it: the second number is the restoration's.
LOCK_CLASS = 7_538_002


def request(deployment: Deployment, reason: str) -> None:
    """Ask for it once, however often it is asked. ``reason`` completes "its environment …"."""
    _, is_new = Restoration.objects.get_or_create(deployment=deployment, defaults={"reason": reason})
    if is_new:
        queue.ring_restorer()


def are_due(now: datetime) -> bool:
    return Restoration.objects.filter(not_before__lte=now).exists()


@contextmanager
def next_due(now: datetime) -> Iterator[Restoration | None]:
    """The one that waits longest and that no other worker has in hand; the database lets go of a killed worker's."""
    due = Restoration.objects.filter(not_before__lte=now).order_by("not_before", "pk")
    for wish in due.select_related("deployment__app", "deployment__bundle__workspace", "deployment__workspace"):
        if _take(wish):
            try:
                yield wish
            finally:
                _leave(wish)
            return
    yield None


def is_wanted(wish: Restoration) -> bool:
    """Whether it is still there, of a deployment that still has something to run."""
    running = [State.ACTIVE, State.READY, State.DRAINING]
    return Restoration.objects.filter(pk=wish.pk, deployment__state__in=running).exists()


def fulfil(wish: Restoration) -> None:
    wish.delete()
    queue.ring_controller()


def put_off(wish: Restoration, now: datetime) -> None:
    """It failed: the next attempt comes later, and later each time."""
    pause = min(PAUSE * 2 ** min(wish.attempts, 10), LONGEST_PAUSE)
    Restoration.objects.filter(pk=wish.pk).update(attempts=wish.attempts + 1, not_before=now + pause)


def _take(wish: Restoration) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [LOCK_CLASS, wish.pk % 2**31])
        (is_taken,) = cursor.fetchone()
    return bool(is_taken)


def _leave(wish: Restoration) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [LOCK_CLASS, wish.pk % 2**31])
