"""How one workspace is, for its admins: nothing here is read from another's rows."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Max, Sum
from django.template.defaultfilters import filesizeformat
from django.urls import reverse

from deployments.admin.dashboard import builds, failing
from deployments.admin.dashboard.failing import FailingRow
from deployments.admin.dashboard.figures import Bar, Figure, Link, bars
from deployments.failures import FailureKind
from deployments.models import App, Deployment, Environment, Lock, app_states
from deployments.operations import clearing
from workspaces.models import Workspace

#: An index that failed longer ago says nothing about today.
RECENT = timedelta(days=7)


@dataclass(frozen=True)
class WorkspaceDashboard:
    figures: tuple[Figure, ...]
    bars: tuple[Bar, ...]
    failing: tuple[FailingRow, ...]
    #: Failing ones that are not shown.
    more: Link | None
    new_app: str


def read(workspace: Workspace, now: datetime) -> WorkspaceDashboard:
    apps = App.objects.in_workspace(workspace).living()
    states = app_states.count(apps)
    failed = failing.among(apps)
    number = failed.count()
    deployments = Deployment.objects.in_workspace(workspace)
    figures = (
        Figure("Apps", sum(states.values()), link=Link("All apps", reverse("apps", args=[workspace.slug]))),
        Figure("Failing", number, "apps whose newest deployment failed", is_bad=number > 0),
        builds.count(deployments).figure(),
        _disk(workspace),
        _indexes(workspace, now),
    )
    return WorkspaceDashboard(
        figures,
        bars(states),
        failing.in_own_workspace(failed),
        failing.more(number),
        reverse("new-app", args=[workspace.slug]),
    )


def _disk(workspace: Workspace) -> Figure:
    rows = Environment.objects.filter(clearing.known_to(workspace), built_at__isnull=False)
    found = rows.aggregate(own=Sum("own_bytes", default=0), shared=Sum("shared_bytes", default=0))
    return Figure(
        "Environments on disk",
        filesizeformat(found["own"]),
        f"of their own, and {filesizeformat(found['shared'])} of packages that environments share",
        link=Link("Environments", reverse("admin:deployments_environment_changelist")),
    )


def _indexes(workspace: Workspace, now: datetime) -> Figure:
    """By what builds met last: the page itself asks no index, which could take long."""
    test = Link("Test them", reverse("admin:package-repositories"))
    answered = Lock.objects.in_workspace(workspace).aggregate(at=Max("created_at"))["at"]
    unreachable = Deployment.objects.in_workspace(workspace).filter(
        failure_kind=FailureKind.INDEX_UNREACHABLE, finished_at__gt=max(answered or now - RECENT, now - RECENT)
    )
    failed_at = unreachable.aggregate(at=Max("finished_at"))["at"]
    if failed_at is not None:
        return Figure("Package indexes", "Not answering", "last found by a build", failed_at, test, is_bad=True)
    if answered is None:
        return Figure("Package indexes", "Not used yet", link=test)
    return Figure("Package indexes", "Answering", "last found by a build", answered, test)
