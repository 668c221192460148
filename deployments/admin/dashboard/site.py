"""How the whole site is, for site admins."""

import shutil
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db.models import Count, Min, Sum
from django.template.defaultfilters import filesizeformat
from django.urls import reverse

from deployments import queue
from deployments.admin.dashboard import builds, failing, versions
from deployments.admin.dashboard.failing import FailingRow
from deployments.admin.dashboard.figures import Bar, Figure, Link, bars
from deployments.admin.dashboard.versions import Version
from deployments.controller import pulse
from deployments.models import App, Bundle, Deployment, Environment, Restoration, State, app_states
from workspaces.models import User, Workspace
from workspaces.operations import join_requests

#: There are at most as many builds as workers; what a site of many has is in its table.
SHOWN_LEASES = 16
#: Builds end in "disk full" long before the last byte.
LOW_DISK = 0.1


@dataclass(frozen=True)
class Lease:
    """One build, the worker that has it, and until when without another sign of life."""

    name: str
    workspace: str
    worker: str
    until: datetime | None
    has_run_out: bool
    address: str


@dataclass(frozen=True)
class SiteDashboard:
    figures: tuple[Figure, ...]
    bars: tuple[Bar, ...]
    failing: tuple[FailingRow, ...]
    more: Link | None
    leases: tuple[Lease, ...]
    versions: tuple[Version, ...]


def read(now: datetime) -> SiteDashboard:
    apps = App.objects.living()
    states = app_states.count(apps)
    failed = failing.among(apps)
    number = failed.count()
    figures = (
        *_newcomers(now),
        _workspaces(),
        Figure(
            "Apps", sum(states.values()), f"{number} whose newest deployment failed",
            link=Link("Apps", reverse("admin:deployments_app_changelist")),
        ),
        builds.count(Deployment.objects.all()).figure(),
        _workers(),
        _controller(now),
        _disk(),
        _environments(),
    )  # fmt: skip
    return SiteDashboard(
        figures, bars(states), failing.everywhere(failed), failing.more(number), _leases(now), versions.all_parts()
    )


def _newcomers(now: datetime) -> tuple[Figure, ...]:
    """People whom nobody but a site admin can let in; without any there is nothing to say."""
    waiting = join_requests.waiting(now)
    found = waiting.aggregate(number=Count("pk"), since=Min("requested_at"))
    if not found["number"]:
        return ()
    address = f"{reverse('admin:workspaces_invitation_changelist')}?state=waiting"
    note = "to be let in by a site admin, the first since"
    return (
        Figure("Waiting to join", found["number"], note, found["since"], Link("Look at who", address), is_bad=True),
    )


def _workspaces() -> Figure:
    people = User.objects.filter(is_active=True).count()
    link = Link("Workspaces", reverse("admin:workspaces_workspace_changelist"))
    return Figure("Workspaces", Workspace.objects.count(), f"{people} people can sign in", link=link)


def _workers() -> Figure:
    clusters = queue.clusters()
    if not clusters:
        return Figure("Workers", "None", "Nothing is built until one runs: manage.py status", is_bad=True)
    restorations = Restoration.objects.count()
    note = f"{restorations} environments to be made again." if restorations else ""
    since = min(cluster.started_at for cluster in clusters)
    return Figure("Workers", sum(cluster.workers for cluster in clusters), f"{note} Running since".strip(), since)


def _controller(now: datetime) -> Figure:
    seen_at = pulse.last_beat()
    if seen_at is None:
        return Figure("Controller", "Never seen", "Nothing starts or stops: manage.py status", is_bad=True)
    if pulse.is_alive(seen_at, now):
        return Figure("Controller", "Working", "last seen", seen_at)
    return Figure("Controller", "Silent", "Nothing starts or stops: manage.py status. Last seen", seen_at, is_bad=True)


def _disk() -> Figure:
    folder = Path(settings.HOME.root)
    usage = shutil.disk_usage(folder if folder.is_dir() else settings.BASE_DIR)
    note = f"of {filesizeformat(usage.total)} where the platform keeps its data"
    return Figure("Disk free", filesizeformat(usage.free), note, is_bad=usage.free < LOW_DISK * usage.total)


def _environments() -> Figure:
    built = Environment.objects.filter(built_at__isnull=False)
    found = built.aggregate(own=Sum("own_bytes", default=0), shared=Sum("shared_bytes", default=0))
    uploads = Bundle.objects.aggregate(size=Sum("size_bytes", default=0))["size"]
    return Figure(
        "Environments on disk",
        filesizeformat(found["own"]),
        f"of their own, and {filesizeformat(found['shared'])} of packages that they share. "
        f"Uploads: {filesizeformat(uploads)}",
        link=Link("Environments", reverse("admin:deployments_environment_changelist")),
    )


def _leases(now: datetime) -> tuple[Lease, ...]:
    building = Deployment.objects.filter(state=State.BUILDING).select_related("app", "workspace")
    rows = building.defer("settings", "launch", "findings").order_by("lease_until", "pk")[:SHOWN_LEASES]
    return tuple(
        Lease(
            str(row), row.workspace.name, row.lease_owner, row.lease_until,
            row.lease_until is None or row.lease_until < now,
            reverse("admin:deployments_deployment_change", args=[row.pk]),
        )
        for row in rows
    )  # fmt: skip
