"""The controller's sign of life: a row it touches at each round."""

from datetime import timedelta

from django.utils import timezone

from deployments.models.controller import ControllerPulse

#: The controller beats at least every 2 s; twice that and some for a busy machine.
SILENCE = timedelta(seconds=10)


def beat() -> None:
    ControllerPulse.objects.update_or_create(pk=1, defaults={"at": timezone.now()})


def is_beating() -> bool:
    return ControllerPulse.objects.filter(at__gt=timezone.now() - SILENCE).exists()
