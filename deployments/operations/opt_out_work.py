"""Previews of opting out as those see them who work on them: one step after the other, each under a lease."""

import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet

from deployments import queue
from deployments.models import Bundle, Cause, Deployment, OptOutPreview, OptOutState, State
from deployments.models.deployment import IN_FLIGHT
from deployments.operations import deployments, row_leases
from deployments.operations.serving import Own
from workspaces.principals import Principal

MAX_ATTEMPTS = 3
INTERRUPTED = "The preview was interrupted several times. This one is on us."
#: A trial that got so far had an environment, and answered.
PASSED = (State.READY, State.DRAINING, State.RETIRED)
#: Previews are read soon after they were made, and made again in minutes.
KEPT_DAYS = 7


def due(now: datetime) -> QuerySet[OptOutPreview]:
    """Those with something to do that nobody does: not those whose trial is being built or started."""
    is_searched = Q(findings__isnull=False)
    to_try = Q(trial=None) | Q(trial__state__in=[State.FAILED, State.CANCELLED, *PASSED])
    to_import = Q(trial__environment__isnull=False, trial__state=State.STARTING, broken__isnull=True)
    return OptOutPreview.objects.filter(
        ~is_searched | to_try | to_import, row_leases.free(now), finished_at=None
    )  # fmt: skip


def claim(now: datetime) -> OptOutPreview | None:
    """Take the next step of a preview under a lease, or ``None``."""
    with transaction.atomic():
        free = due(now).select_related(
            "workspace", "app__workspace", "created_by", "deployment__lock", "deployment__bundle__workspace",
            "deployment__workspace", "trial__workspace", "trial__environment", "trial__lock",
        )  # fmt: skip
        preview = free.order_by("created_at").select_for_update(of=("self",), skip_locked=True).first()
        if preview is None:
            return None
        if preview.attempts >= MAX_ATTEMPTS:
            _end(preview, now, state=OptOutState.FAILED, failure_message=INTERRUPTED, failure_hint="Ask for it again.")
            return None
        preview.attempts += 1
        preview.state, preview.lease_owner, preview.lease_until = (
            OptOutState.RUNNING, uuid.uuid4().hex, row_leases.until(now),
        )  # fmt: skip
        preview.save(update_fields=["attempts", "state", "lease_owner", "lease_until"])
        return preview


def renew(preview: OptOutPreview, now: datetime) -> bool:
    """Extend the lease; ``False`` when the preview is gone or somebody else's."""
    return bool(_mine(preview).update(lease_until=row_leases.until(now)))


def note_findings(preview: OptOutPreview, findings: Mapping[str, Any]) -> None:
    """What is known so far; the step goes on."""
    _mine(preview).update(findings=findings)


def begin_trial(preview: OptOutPreview, principal: Principal, bundle: Bundle, findings: Mapping[str, Any]) -> None:
    """Have ``bundle`` built and started on the clean image, instead of the trial before. Raises as ``request``."""
    with transaction.atomic():
        # In this order everywhere: the app's row, then the preview's.
        app = deployments.locked(preview.app)
        if not _mine(preview).exists():
            return
        trial = deployments.request_trial(principal, app, bundle=bundle, own=Own.of(preview.deployment))
        _release(preview, findings=findings, bundle=bundle, trial=trial, broken=None, rounds=F("rounds") + 1)


def note_broken(preview: OptOutPreview, broken: list[dict[str, Any]], findings: Mapping[str, Any]) -> None:
    """What cannot be imported in the clean environment; from here on only the trial's fate is open."""
    _release(preview, broken=broken, findings=findings)


def finish(preview: OptOutPreview, *, verified: bool, now: datetime) -> None:
    """The trial answers."""
    _end(preview, now, state=OptOutState.READY, verified=verified)


def fail(preview: OptOutPreview, message: str, hint: str, *, now: datetime) -> None:
    _end(preview, now, state=OptOutState.FAILED, failure_message=message, failure_hint=hint)


def end_unneeded_trials(now: datetime) -> None:
    """End trials of previews that were taken, replaced or forgotten, that are old, or not of what serves now."""
    alive = Deployment.objects.filter(cause=Cause.TRIAL, state__in=[*IN_FLIGHT, State.READY])
    for trial in alive.exclude(pk__in=_wanted(now).values("trial")):
        if trial.state == State.READY:
            trial.move(State.DRAINING, text="Not needed any more", now=now)
        elif trial.state == State.QUEUED:
            trial.move(State.CANCELLED, text="Not needed any more", now=now)
        elif trial.cancel_requested_at is None:
            # Whoever works on it ends it.
            Deployment.objects.filter(pk=trial.pk).update(cancel_requested_at=now)


def purge(now: datetime) -> None:
    """Forget previews that ended long ago."""
    OptOutPreview.objects.filter(finished_at__lt=now - timedelta(days=KEPT_DAYS)).delete()


def _wanted(now: datetime) -> QuerySet[OptOutPreview]:
    """Previews whose trial is to go on: ``NOT IN`` a set with a null is never true, so each has one."""
    young = Q(finished_at=None) | Q(finished_at__gt=now - timedelta(seconds=settings.TRIAL_KEEP_S))
    current = OptOutPreview.objects.current().filter(young, accepted_at=None, trial__isnull=False)
    return current.exclude(state=OptOutState.FAILED)


def _mine(preview: OptOutPreview) -> QuerySet[OptOutPreview]:
    return OptOutPreview.objects.filter(pk=preview.pk, lease_owner=preview.lease_owner, finished_at=None)


def _release(preview: OptOutPreview, **changes: Any) -> None:
    """The step is done: what it found, and anybody may take the next one."""
    _mine(preview).update(lease_owner="", lease_until=None, attempts=0, **changes)
    queue.ring_opt_out_tryer()


def _end(preview: OptOutPreview, now: datetime, **changes: Any) -> None:
    _mine(preview).update(lease_owner="", lease_until=None, finished_at=now, **changes)
