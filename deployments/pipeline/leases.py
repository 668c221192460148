"""Keeping a build's lease alive while it is worked on."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import DatabaseError, close_old_connections, connection
from django.utils import timezone

from deployments.models import Deployment
from deployments.operations import builds


class Lease:
    """``is_lost()`` becomes true when the build must stop: cancelled, or taken over by another worker."""

    def __init__(self) -> None:
        self._lost = threading.Event()
        self._done = threading.Event()

    def is_lost(self) -> bool:
        return self._lost.is_set()

    def _keep(self, deployment: Deployment, owner: str) -> None:
        while not self._done.wait(settings.LEASE_RENEWAL_S):
            try:
                close_old_connections()
                if not builds.renew(deployment, owner, timezone.now()):
                    self._lost.set()
                    break
            except DatabaseError:
                # The database may be restarting. If it stays away, the lease runs out and the row says so.
                continue
        connection.close()


@contextmanager
def kept(deployment: Deployment, owner: str) -> Iterator[Lease]:
    """Renew the lease from a thread for as long as the block runs."""
    lease = Lease()
    thread = threading.Thread(target=lease._keep, args=(deployment, owner), name="lease", daemon=True)
    thread.start()
    try:
        yield lease
    finally:
        lease._done.set()
        thread.join()
