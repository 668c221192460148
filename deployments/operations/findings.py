"""What deployments are found to lack while they run. The controller alone writes here."""

from datetime import datetime

from django.db import transaction

from deployments.failures import Failure
from deployments.models import Deployment
from deployments.models.finding import LACKS, Finding

#: Whoever lacks more than these is not helped by a longer list.
MOST = 10


def note(deployment: Deployment, failure: Failure, now: datetime) -> None:
    """Keep what was found, once however often it is heard."""
    if failure.kind not in LACKS:
        return
    new = Finding.of(failure, now.isoformat())
    with transaction.atomic():
        row = Deployment.objects.select_for_update().only("findings").get(pk=deployment.pk)
        known = Finding.all_of(row.findings)
        if len(known) >= MOST or any((each.kind, each.message) == (new.kind, new.message) for each in known):
            return
        kept = [*row.findings, new.to_json()]
        Deployment.objects.filter(pk=deployment.pk).update(findings=kept)
    deployment.findings = kept
