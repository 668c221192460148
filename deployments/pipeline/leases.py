"""Keeping a lease alive while somebody works under it."""

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

from django.conf import settings
from django.db import DatabaseError, close_old_connections, connection
from django.utils import timezone

from deployments.models import Deployment
from deployments.operations import builds


class Lease:
    """``is_lost()`` becomes true when the work must stop: cancelled, or taken over by another worker."""

    def __init__(self) -> None:
        self._lost = threading.Event()
        self._done = threading.Event()

    def is_lost(self) -> bool:
        return self._lost.is_set()

    def _keep(self, renew: Callable[[], bool]) -> None:
        while not self._done.wait(settings.LEASE_RENEWAL_S):
            try:
                close_old_connections()
                if not renew():
                    self._lost.set()
                    break
            except DatabaseError:
                # The database may be restarting. If it stays away, the lease runs out and the row says so.
                continue
        connection.close()


@contextmanager
def held(renew: Callable[[], bool]) -> Iterator[Lease]:
    """Call ``renew`` from a thread for as long as the block runs; it says whether the lease is still there."""
    lease = Lease()
    thread = threading.Thread(target=lease._keep, args=(renew,), name="lease", daemon=True)
    thread.start()
    try:
        yield lease
    finally:
        lease._done.set()
        thread.join()


def kept(deployment: Deployment, owner: str) -> AbstractContextManager[Lease]:
    """That of a build."""
    return held(lambda: builds.renew(deployment, owner, timezone.now()))
