"""Environments as their users see them, and clearing them: what runs in one goes on, what comes next makes another."""

from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db import transaction
from django.db.models import Aggregate, Count, Exists, Max, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from deployments import queue
from deployments.models import Deployment, Environment, Instance
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
    mine = Q(workspace=workspace) if workspace else Q()
    used = Deployment.objects.filter(mine, environment=OuterRef("pk"))
    live = Instance.objects.filter(mine, environment=OuterRef("pk"), state__in=LIVE)
    # Each by itself and only for the rows that are shown: joined, every deployment would meet every instance.
    return rows.annotate(
        apps=ArraySubquery(used.filter(app__deleted_at=None).order_by("app__name").values("app__name").distinct()),
        running=Coalesce(_of_each(live, Count("pk")), 0),
        last_used_here=_of_each(used, Max("created_at")),
        is_avoided=Exists(_avoided.filter(workspace=workspace)),
    )


def _of_each(rows: QuerySet[Any], figure: Aggregate) -> Subquery:
    """One figure over the rows of each environment; null where there are none."""
    return Subquery(rows.order_by().values("environment").annotate(figure=figure).values("figure"))


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


def clear_all(principal: Principal) -> int:
    """The same for every environment that the principal's workspace uses; how many. Others keep the shared ones."""
    require(principal, Permission.MANAGE_WORKSPACE)
    workspace = principal.workspace
    with transaction.atomic():
        known = Environment.objects.filter(known_to(workspace), cleared_at=None).exclude(avoided_by=workspace)
        rows = list(known.select_for_update(of=("self",)).order_by("pk"))
        for row in rows:
            if row.workspace_id == workspace.pk:
                environments.distrust(row, "cleared by an admin")
        workspace.avoided_environments.add(*(row for row in rows if row.workspace_id is None))
        if rows:
            audit.record(principal, "cleared", "environment", "all", environments=len(rows))
            queue.ring_reaper()
    return len(rows)
