"""Deployments as rows of a table."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, Prefetch

from deployments.models import App, Deployment, DeploymentEvent, EventKind, State
from deployments.models.deployment import IN_FLIGHT
from deployments.models.finding import Finding
from deployments.operations import fixes, serving
from deployments.operations.deployments import PROVEN
from deployments.views import durations

PAGE_SIZE = 20


@dataclass(frozen=True)
class ChangedPackages:
    count: int
    #: The number of the deployment that it is compared with.
    since: int


@dataclass(frozen=True)
class DeploymentRow:
    deployment: Deployment
    #: How long it took to serve, or to end without; ``None`` while that is still open.
    took: str | None
    changed: ChangedPackages | None = None

    @property
    def is_in_flight(self) -> bool:
        return self.deployment.state in IN_FLIGHT

    @property
    def can_be_activated(self) -> bool:
        return self.deployment.state in PROVEN and self.deployment.lock_id is not None

    @property
    def findings(self) -> tuple[Finding, ...]:
        return Finding.all_of(self.deployment.findings)

    @property
    def adds(self) -> tuple[str, ...]:
        """The lines that bring what it was found to lack."""
        return fixes.missing_requirements(self.deployment)

    @property
    def own(self) -> str:
        """What was given for it alone, as part of a sentence; empty if nothing was."""
        return serving.own_of(self.deployment)

    @property
    def tells_own(self) -> str:
        return serving.tell_own(self.deployment)

    @property
    def is_over(self) -> bool:
        return self.deployment.is_finished


@dataclass(frozen=True)
class RowPage:
    rows: tuple[DeploymentRow, ...]
    #: The number to go on before, or ``None`` at the end.
    next_before: int | None


def page_of(app: App, before: int | None) -> RowPage:
    """The newest deployments, or those older than ``before``, in two queries whatever their number."""
    found = app.deployments.order_by("-number").select_related("bundle").prefetch_related(_arrivals())
    if before is not None:
        found = found.filter(number__lt=before)
    deployments = list(found[: PAGE_SIZE + 1])
    shown = deployments[:PAGE_SIZE]
    more = len(deployments) > PAGE_SIZE
    return RowPage(tuple(map(row_of, shown)), shown[-1].number if more else None)


def newest_of(apps: Iterable[App]) -> dict[int, Deployment]:
    """The newest deployment of each app by the app's id, in one query."""
    newest = Deployment.objects.filter(app__in=list(apps), number=F("app__last_deployment_number"))
    return {deployment.app_id: deployment for deployment in newest}


def row_of(deployment: Deployment) -> DeploymentRow:
    end = _arrived_at(deployment) or deployment.finished_at
    return DeploymentRow(deployment, durations.between(deployment.created_at, end) if end else None)


def _arrivals() -> "Prefetch[str]":
    arrived = DeploymentEvent.objects.filter(kind=EventKind.STATE, name__in=[State.ACTIVE, State.READY])
    return Prefetch("events", arrived, to_attr="arrivals")


def _arrived_at(deployment: Deployment) -> datetime | None:
    if not hasattr(deployment, "arrivals"):
        arrival = deployment.events.filter(kind=EventKind.STATE, name__in=[State.ACTIVE, State.READY]).first()
        return arrival.at if arrival else None
    return deployment.arrivals[0].at if deployment.arrivals else None
