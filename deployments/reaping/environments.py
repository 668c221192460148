"""Environments that nothing needs: marked, left for a while, and removed unless somebody wants them again.

Who wants one locks its row, unsets the mark and names it (``operations.environments.claim``). The reaper locks the same
row before it looks a last time, so of the two one comes first: the environment is used, or it is made anew.
"""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F

from deployments.models import Environment
from deployments.operations import environments as rows
from deployments.pipeline import platform
from deployments.reaping.needs import unneeded_environments

log = logging.getLogger(__name__)

#: Between the mark and the removal: whoever is just deciding to use it is then through.
MARKED_FOR = timedelta(seconds=60)
#: A round looks for damage for this long; the rest comes in the next ones, the longest unseen first.
LOOK_S = 10.0


def mark(now: datetime) -> int:
    """Returns how many are marked newly."""
    unneeded = unneeded_environments(now).values("pk")
    Environment.objects.exclude(marked_at=None).exclude(pk__in=unneeded).update(marked_at=None)
    return Environment.objects.filter(marked_at=None, pk__in=unneeded).update(marked_at=now)


def remove_marked(now: datetime, *, marked_for: timedelta = MARKED_FOR) -> Sequence[Environment]:
    """Remove what has been marked for long enough; returns what is gone."""
    due = unneeded_environments(now).filter(marked_at__lte=now - marked_for)
    gone = [row for row in due.order_by("pk") if _remove(row, now)]
    platform.store().empty_trash()
    return gone


def adopt_unknown(now: datetime) -> None:
    """What lies on the disk and has no row gets one, so that it goes the way of all the others."""
    store = platform.store()
    known = set(Environment.objects.values_list("key", flat=True))
    for key in sorted(store.keys() - known):
        # Named by nobody, and cleared: no build takes it for its own.
        Environment.objects.get_or_create(
            key=key,
            defaults={"python_version": "", "cleared_at": now, "cleared_because": "found without an owner"},
        )
    for key in store.unfinished(older_than_s=MARKED_FOR.total_seconds()) - known:
        store.remove_idle(key)


def look_for_damage(now: datetime) -> None:
    """Let nothing new use what is damaged; what should run is then made anew at its next start."""
    store, spent_s = platform.store(), 0.0
    for row in _longest_unseen():
        if spent_s > LOOK_S:
            return
        began = datetime.now()
        damage = store.verify(row.key) if store.is_ready(row.key) else ()
        spent_s += (datetime.now() - began).total_seconds()
        Environment.objects.filter(pk=row.pk).update(verified_at=now)
        if damage:
            log.warning("Environment %s is damaged: %s and %d more", row.key, damage[0], len(damage) - 1)
            rows.distrust(row, "found damaged on the disk")


def _longest_unseen() -> Sequence[Environment]:
    whole = Environment.objects.exclude(built_at=None).filter(cleared_at=None, marked_at=None)
    return list(whole.order_by(F("verified_at").asc(nulls_first=True), "pk")[:200])


def _remove(row: Environment, now: datetime) -> bool:
    with transaction.atomic():
        if not Environment.objects.select_for_update(skip_locked=True).filter(pk=row.pk).exists():
            return False
        # Asked again, now that nobody can begin to use it.
        if not unneeded_environments(now).filter(pk=row.pk).exclude(marked_at=None).exists():
            return False
        if not platform.store().remove_idle(row.key):
            return False
        row.delete()
    log.info("Removed environment %s", row.key)
    return True
