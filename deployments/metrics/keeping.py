"""Samples as rows: written, added up to coarser ones, forgotten."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Q

from deployments.metrics import slots
from deployments.metrics.measured import Measured, together
from deployments.models.sample import COARSE_S, MEASURED, Sample

#: Fine rows are for the last hour; the rest is time to add them up after the platform was down.
FINE_KEPT = timedelta(hours=6)
#: After a long pause the controller does not add up everything at once.
MOST_SLOTS = 6


def write(at: datetime, span_s: int, measured: Mapping[int, Measured]) -> None:
    """One row for each app, by its id, in one statement. A slot that somebody has written stays as it is."""
    Sample.objects.bulk_create(
        (_row(app_id, at, span_s, found) for app_id, found in measured.items()), ignore_conflicts=True
    )


def add_up(now: datetime) -> None:
    """Write the coarse rows of slots that are over and have none; safe to repeat, and goes on after a pause."""
    end = slots.begin(now, COARSE_S)
    start = slots.begin(now - FINE_KEPT, COARSE_S) + timedelta(seconds=COARSE_S)
    recent = Sample.objects.filter(at__gte=start, at__lt=end)
    written = set(recent.filter(span_s=COARSE_S).values_list("at", flat=True).distinct())
    fine = recent.filter(span_s__lt=COARSE_S).values_list("at", flat=True).distinct()
    missing = {slots.begin(at, COARSE_S) for at in fine} - written
    for slot in sorted(missing)[-MOST_SLOTS:]:
        _add_up_slot(slot)


def _add_up_slot(slot: datetime) -> None:
    rows = Sample.objects.filter(span_s__lt=COARSE_S, at__gte=slot, at__lt=slot + timedelta(seconds=COARSE_S))
    by_app: dict[int, list[Measured]] = {}
    for app_id, *columns in rows.values_list("app_id", *MEASURED):
        by_app.setdefault(app_id, []).append(measured(columns))
    write(slot, COARSE_S, {app_id: together(parts) for app_id, parts in by_app.items()})


def forget_old(now: datetime) -> None:
    kept_since = now - timedelta(days=settings.SAMPLE_KEEP_DAYS)
    is_old = Q(span_s=COARSE_S, at__lt=kept_since) | Q(span_s__lt=COARSE_S, at__lt=now - FINE_KEPT)
    Sample.objects.filter(is_old).delete()


def measured(columns: Iterable[object]) -> Measured:
    """From the values of ``MEASURED``."""
    covered_s, requests, errors, bytes_out, times, *rest = columns
    return Measured(covered_s, requests, errors, bytes_out, tuple(times or ()), *rest)  # type: ignore[arg-type]


def _row(app_id: int, at: datetime, span_s: int, found: Measured) -> Sample:
    values = {name: getattr(found, name) for name in MEASURED} | {"times": list(found.times) or None}
    return Sample(app_id=app_id, at=at, span_s=span_s, **values)
