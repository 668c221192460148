"""Uploads and answers of the resolver that only deployments too old to be kept have.

A bundle's row is locked while its files go: a deployment that is requested meanwhile waits, and is then told.
"""

import logging
import shutil
import uuid
from datetime import datetime
from pathlib import Path

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from deployments import layout
from deployments.models import Bundle, Lock
from deployments.reaping.needs import bundles_to_pack_up, bundles_to_remove, unneeded_locks

log = logging.getLogger(__name__)
#: Rows of one transaction: short enough that nobody waits for it.
CHUNK = 200


def remove(now: datetime) -> int:
    """Remove archives and all; the rows stay, because the history names them. Returns how many."""
    return sum(_remove(bundle, now) for bundle in bundles_to_remove(now).select_related("workspace"))


def pack_up(now: datetime) -> int:
    """Remove what was unpacked of archives that stay. Returns how many."""
    found = bundles_to_pack_up(now).select_related("workspace")
    return sum(_pack_up(bundle, now) for bundle in found if layout.source(bundle).is_dir())


def remove_locks(now: datetime) -> int:
    """Returns how many. One that a build takes in the same moment stays, with its chunk, until the next round."""
    gone = 0
    ids = list(unneeded_locks(now).values_list("pk", flat=True))
    for start in range(0, len(ids), CHUNK):
        try:
            with transaction.atomic():
                locked = Lock.objects.select_for_update(skip_locked=True).filter(pk__in=ids[start : start + CHUNK])
                still = unneeded_locks(now).filter(pk__in=list(locked.values_list("pk", flat=True)))
                gone += still.delete()[1].get("deployments.Lock", 0)
        except IntegrityError:
            log.info("Some locks are wanted again; they stay")
    return gone


def _remove(bundle: Bundle, now: datetime) -> bool:
    with transaction.atomic():
        if not _is_still_in(bundles_to_remove(now), bundle):
            return False
        condemned = _put_aside(layout.bundle_folder(bundle))
        Bundle.objects.filter(pk=bundle.pk).update(removed_at=now)
    _delete(condemned)
    return True


def _pack_up(bundle: Bundle, now: datetime) -> bool:
    with transaction.atomic():
        if not _is_still_in(bundles_to_pack_up(now), bundle):
            return False
        condemned = _put_aside(layout.source(bundle))
    _delete(condemned)
    return True


def _is_still_in(found: QuerySet[Bundle], bundle: Bundle) -> bool:
    locked = Bundle.objects.select_for_update(skip_locked=True).filter(pk=bundle.pk).exists()
    return locked and found.filter(pk=bundle.pk).exists()


def _put_aside(folder: Path) -> Path | None:
    condemned = folder.with_name(f".removed-{uuid.uuid4().hex}")
    try:
        return folder.rename(condemned)
    except FileNotFoundError:
        return None


def _delete(condemned: Path | None) -> None:
    if condemned is not None:
        shutil.rmtree(condemned, ignore_errors=True)
