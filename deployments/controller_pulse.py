"""The controller's sign of life: a row it touches at each round."""

from datetime import timedelta

from django.utils import timezone

from deployments.models.controller import ControllerPulse

#: The controller beats at least every 2 s; twice that and some for a busy machine.
SILENCE = timedelta(seconds=10)


def beat() -> None:
    """One write a round; the first beat of a new database makes the row."""
    if not ControllerPulse.objects.filter(pk=1).update(at=timezone.now()):
        ControllerPulse.objects.create(pk=1, at=timezone.now())


def is_beating() -> bool:
    return ControllerPulse.objects.filter(at__gt=timezone.now() - SILENCE).exists()
