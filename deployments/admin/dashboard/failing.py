"""Apps whose newest deployment failed: nobody's newest source serves there."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, QuerySet
from django.urls import reverse

from deployments.admin.dashboard.figures import Link
from deployments.models import App, Deployment, State

SHOWN = 8


@dataclass(frozen=True)
class FailingRow:
    name: str
    #: Why, as it was said to whoever deployed it.
    sentence: str
    hint: str
    at: datetime | None
    address: str
    #: Whose it is, where several are shown together.
    workspace: str = ""


def among(apps: QuerySet[App]) -> QuerySet[Deployment]:
    """The failed deployments that no newer one has followed, the newest first."""
    newest = Deployment.objects.filter(app__in=apps, number=F("app__last_deployment_number"), state=State.FAILED)
    return newest.order_by(F("finished_at").desc(nulls_last=True), "-pk")


def in_own_workspace(failed: QuerySet[Deployment]) -> tuple[FailingRow, ...]:
    """With links to the pages, which the workspace's admins can open."""
    return tuple(
        _row(row, reverse("deployment", args=[row.workspace.slug, row.app.name, row.number])) for row in _loaded(failed)
    )


def everywhere(failed: QuerySet[Deployment]) -> tuple[FailingRow, ...]:
    """With links to the admin's own rows: a site admin need not be in the workspace."""
    return tuple(
        _row(row, reverse("admin:deployments_deployment_change", args=[row.pk]), row.workspace.name)
        for row in _loaded(failed)
    )


def more(number: int) -> Link | None:
    """Where the rest is, if ``number`` fail."""
    if number <= SHOWN:
        return None
    address = reverse("admin:deployments_deployment_changelist", query={"state__exact": State.FAILED})
    return Link(f"{number - SHOWN} more", address)


def _loaded(failed: QuerySet[Deployment]) -> QuerySet[Deployment]:
    # Settings and commands are no reading for a list.
    return failed.select_related("app", "workspace").defer("settings", "launch", "findings")[:SHOWN]


def _row(deployment: Deployment, address: str, workspace: str = "") -> FailingRow:
    return FailingRow(
        str(deployment), deployment.failure_message, deployment.failure_hint, deployment.finished_at, address, workspace
    )
