"""Bells that the controller rings again: whoever should have heard the first may have been killed."""

import math
import time
from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone

from deployments import queue
from deployments.operations import base_image_rows, builds, environments, index_previews, opt_out_work, restorations

#: A bell that a killed worker took with it is rung again after this long.
RING_AGAIN_S = 2.0
#: Byte-code is compiled in one go of some seconds; nobody waits for it.
RING_COMPILER_S = 30.0
#: What the reaper has marked waits a minute, and goes in the next.
REMOVE_S = 60.0


class Bells:
    """Each at most once in a while; what none waits for is not rung."""

    def __init__(self) -> None:
        self._rang_at = 0.0
        self._rang_previewer_at = 0.0
        self._rang_compiler_at = 0.0
        self._rang_restorer_at = 0.0
        self._rang_reaper_at = self._reaped_at = -math.inf

    def ring(self, now: datetime) -> bool:
        """Whether a build waits."""
        waiting = self._ring_for_waiting(now)
        self._ring_for_previews(now)
        self._ring_for_uncompiled()
        self._ring_for_restorations(now)
        return waiting

    def ring_reaper(self, now: datetime) -> None:
        """On its schedule, and in between for what it has marked; never where the schedule says so."""
        waited_s = time.monotonic() - self._rang_reaper_at
        if not settings.ENVIRONMENT_REAP_EVERY_S or waited_s < min(REMOVE_S, settings.ENVIRONMENT_REAP_EVERY_S):
            return
        self._rang_reaper_at = time.monotonic()
        is_due = time.monotonic() - self._reaped_at >= settings.ENVIRONMENT_REAP_EVERY_S
        if is_due:
            self._reaped_at = time.monotonic()
        if is_due or environments.are_due_for_removal(now - timedelta(seconds=REMOVE_S)):
            queue.ring_reaper()

    def _ring_for_waiting(self, now: datetime) -> bool:
        oldest = builds.claimable(now).order_by("created_at").values_list("created_at", flat=True).first()
        if oldest is None:
            return False
        # A new one has rung by itself: a second bell would only have another worker look while it is built.
        is_new = now - oldest < timedelta(seconds=RING_AGAIN_S)
        if not is_new and time.monotonic() - self._rang_at > RING_AGAIN_S:
            self._rang_at = time.monotonic()
            queue.ring_worker()
        return True

    def _ring_for_restorations(self, now: datetime) -> None:
        if time.monotonic() - self._rang_restorer_at > RING_AGAIN_S and restorations.are_due(now):
            self._rang_restorer_at = time.monotonic()
            queue.ring_restorer()

    def _ring_for_previews(self, now: datetime) -> None:
        if time.monotonic() - self._rang_previewer_at > RING_AGAIN_S:
            self._rang_previewer_at = time.monotonic()
            if index_previews.claimable(now).exists():
                queue.ring_previewer()
            if opt_out_work.due(now).exists():
                queue.ring_opt_out_tryer()
            opt_out_work.end_unneeded_trials(now)

    def _ring_for_uncompiled(self) -> None:
        if time.monotonic() - self._rang_compiler_at > RING_COMPILER_S:
            self._rang_compiler_at = time.monotonic()
            if environments.uncompiled().exists():
                queue.ring_compiler()
            if base_image_rows.unresolved(timezone.now()).exists():
                queue.ring_image_resolver()
