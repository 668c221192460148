"""What waits to be built, and what is."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Min, Q, QuerySet

from deployments.admin.dashboard.figures import Figure
from deployments.models import Deployment, State
from deployments.models.deployment import IN_FLIGHT


@dataclass(frozen=True)
class Builds:
    queued: int
    building: int
    starting: int
    #: Since when the one that waits longest does.
    waits_since: datetime | None

    def figure(self) -> Figure:
        note = f"{self.building} running, {self.starting} starting."
        if self.waits_since is None:
            return Figure("Builds queued", self.queued, note)
        return Figure("Builds queued", self.queued, f"{note} The oldest waits since", self.waits_since)


def count(deployments: QuerySet[Deployment]) -> Builds:
    """In one query."""
    queued = Q(state=State.QUEUED)
    found = deployments.filter(state__in=IN_FLIGHT).aggregate(
        queued=Count("pk", filter=queued),
        building=Count("pk", filter=Q(state=State.BUILDING)),
        starting=Count("pk", filter=Q(state=State.STARTING)),
        waits_since=Min("created_at", filter=queued),
    )
    return Builds(**found)
