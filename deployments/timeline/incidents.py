"""What befell the instances of a deployment, kept in its timeline."""

from datetime import datetime, timedelta
from enum import StrEnum

from django.db import transaction
from django.db.models import F

from deployments.models import Deployment, EventKind


class Incident(StrEnum):
    CRASHED = "crashed"
    #: It did not answer; the proxy passed it over for a while.
    EJECTED = "ejected"


#: The same again within this time is one row that counts: an instance that crashes every minute is one story.
SAME = timedelta(hours=1)
#: Of one deployment; then the oldest goes.
MOST = 200


def note(deployment: Deployment, incident: Incident, text: str, now: datetime, *, times: int = 1) -> None:
    """Add a row, or one more to the row of the same thing a short while ago. ``text`` is how it happened, in words."""
    known = deployment.events.filter(kind=EventKind.INCIDENT)
    with transaction.atomic():
        same = known.filter(name=incident, text=text, at__gt=now - SAME).order_by("-at").first()
        if same is None and known.count() >= MOST:
            known.order_by("at")[:1].get().delete()
        if same is None:
            deployment.events.create(at=now, kind=EventKind.INCIDENT, name=incident, text=text, times=times)
        else:
            known.filter(pk=same.pk).update(at=now, times=F("times") + times)


def ending(exit_code: int | None) -> str:
    """How a program ended, for ``note``. ``exit_code`` is negative for a signal."""
    if exit_code is None:
        return "ended"
    return f"was ended by signal {-exit_code}" if exit_code < 0 else f"ended with exit code {exit_code}"
