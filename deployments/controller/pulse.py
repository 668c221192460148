"""The controller's sign of life: a row it touches at each round."""

from datetime import datetime, timedelta

from django.utils import timezone

from deployments.models.controller import ControllerPulse

#: The controller beats at least every 2 s; twice that and some for a busy machine.
SILENCE = timedelta(seconds=10)


def beat() -> None:
    """One write a round; the first beat of a new database makes the row."""
    if not ControllerPulse.objects.filter(pk=1).update(at=timezone.now()):
        ControllerPulse.objects.create(pk=1, at=timezone.now())


def last_beat() -> datetime | None:
    """``None`` before the first of a new database."""
    return ControllerPulse.objects.filter(pk=1).values_list("at", flat=True).first()


def is_alive(beat_at: datetime, now: datetime) -> bool:
    return beat_at > now - SILENCE


def is_beating() -> bool:
    beat_at = last_beat()
    return beat_at is not None and is_alive(beat_at, timezone.now())
