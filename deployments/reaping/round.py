"""One round of the reaper: the story, in steps that each may be cut anywhere and begun again."""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.db import connection

from deployments.models import Environment
from deployments.operations import file_contents
from deployments.reaping import bundles, environments, leftovers, packages
from deployments.reaping.needs import unneeded_environments

log = logging.getLogger(__name__)
#: Any number will do, as long as no other advisory lock has it.
ADVISORY_LOCK = 7_538_003


def plan(now: datetime) -> Sequence[Environment]:
    """The environments that would go, the longest unused first."""
    return list(unneeded_environments(now).order_by("last_used_at", "pk"))


def reap(now: datetime, *, marked_for: timedelta = environments.MARKED_FOR) -> Sequence[Environment]:
    """Mark and remove; returns the environments that went. While another one does the same it does nothing."""
    with _alone() as is_alone:
        if not is_alone:
            return ()
        environments.adopt_unknown(now)
        environments.mark(now)
        gone = environments.remove_marked(now, marked_for=marked_for)
        environments.look_for_damage(now)
        removed, packed_up, locks = bundles.remove(now), bundles.pack_up(now), bundles.remove_locks(now)
        freed = packages.remove(now)
        left = leftovers.remove(now) + file_contents.collect_leftovers()
    log.info(
        "Reaped %d environments, %d bundles (%d only packed up), %d locks, %d wheels, %d unpacked, %d modules,"
        " %d leftovers",
        len(gone), removed, packed_up, locks, freed.wheels, freed.unpacked, freed.bytecode, left,
    )  # fmt: skip
    return gone


@contextmanager
def _alone() -> Iterator[bool]:
    """The database lets go of a killed reaper's lock."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [ADVISORY_LOCK])
        (is_alone,) = cursor.fetchone()
        try:
            yield is_alone
        finally:
            if is_alone:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [ADVISORY_LOCK])
