"""Environments as their users see them, and clearing them: what runs in one goes on, what comes next makes another."""

from django.contrib.postgres.aggregates import ArrayAgg
from django.db import transaction
from django.db.models import Count, Exists, Max, OuterRef, Q, QuerySet

from deployments import queue
from deployments.models import Deployment, Environment
from deployments.models.instance import LIVE
from deployments.operations import environments
from workspaces import audit
from workspaces.errors import NotFound
from workspaces.models import Workspace
from workspaces.permissions import Permission, require
from workspaces.principals import Principal


def known_to(workspace: Workspace) -> Q:
    """Its own, and those shared ones that its deployments have."""
    used = Deployment.objects.filter(environment=OuterRef("pk"), workspace=workspace)
    return Q(workspace=workspace) | Q(Exists(used))


def listed(workspace: Workspace) -> QuerySet[Environment]:
    """What is on the disk, with its use in this workspace only: ``apps``, ``running`` instances, ``last_used_here``.

    Sizes tell nothing of others either: they were counted when it was made.
    """
    return in_use(Environment.objects.exclude(built_at=None).filter(known_to(workspace)), workspace)


def in_use(rows: QuerySet[Environment], workspace: Workspace | None) -> QuerySet[Environment]:
    """``workspace`` is ``None`` for a site admin, who sees all use."""
    mine = Q(deployments__workspace=workspace) if workspace else Q()
    living = mine & Q(deployments__app__deleted_at=None, deployments__app__isnull=False)
    return rows.annotate(
        apps=ArrayAgg("deployments__app__name", filter=living, distinct=True, default=[]),
        running=Count(
            "instances",
            filter=Q(instances__state__in=LIVE) & (Q(instances__workspace=workspace) if workspace else Q()),
            distinct=True,
        ),
        last_used_here=Max("deployments__created_at", filter=mine),
        is_avoided=Exists(_avoided.filter(workspace=workspace)),
    )  # fmt: skip


#: Cleared for one workspace; a site admin (no workspace) finds none.
_avoided = Environment.avoided_by.through.objects.filter(environment=OuterRef("pk"))


def find(principal: Principal, key: str) -> Environment:
    """One of the list. Raises ``NotFound``."""
    found = listed(principal.workspace).filter(key=key).first()
    if found is None:
        raise NotFound(f"There is no environment {key!r} in this workspace.", "The list shows those that are used.")
    return found


def clear(principal: Principal, environment: Environment, *, for_all: bool = False) -> None:
    """Let the next deployment, and the next start, make another one. A second call changes nothing.

    A shared one is cleared for the principal's workspace, which makes its own from then on; ``for_all`` is a site
    admin's, and clears it for everybody.
    """
    require(principal, Permission.MANAGE_WORKSPACE)
    with transaction.atomic():
        row = Environment.objects.select_for_update().get(pk=environment.pk)
        if row.workspace_id == principal.workspace.pk or (for_all and principal.user.is_superuser):
            environments.distrust(row, "cleared by an admin")
        else:
            row.avoided_by.add(principal.workspace)
        audit.record(principal, "cleared", "environment", row.key)
        queue.ring_reaper()
