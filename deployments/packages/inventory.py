"""Which package is used where, over all the apps of a workspace, or of all workspaces.

Asked of the rows of locks, which deployments share: ten thousand deployments have a few hundred locks.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Count, F, QuerySet
from packaging.utils import canonicalize_name

from deployments.models import Deployment, LockEntry, State
from workspaces.models import Workspace
from workspaces.principals import Principal

#: A longer one is no package's, and no reason to ask the database.
LONGEST_NAME = 200


@dataclass(frozen=True)
class PackageInUse:
    """A package of deployments that serve: ``apps`` is their number, ``versions`` what they have of it."""

    name: str
    versions: Sequence[str]
    apps: int
    #: Whether one of them asks for it by itself.
    is_direct: bool


def canonical(name: str) -> str:
    """As names stand in locks: "Scikit_Learn" is "scikit-learn"."""
    return canonicalize_name(name.replace("\0", "�").strip())[:LONGEST_NAME]


def uses(principal: Principal, name: str, *, version: str | None = None, serving: bool = False) -> QuerySet[Deployment]:
    """The deployments that hold a package, each with its ``entry_version``, ``entry_index`` and ``entry_origin``.

    ``serving`` leaves those that visitors have now.
    """
    return uses_in(principal.workspace, name, version=version, serving=serving)


def uses_in(
    workspace: Workspace | None, name: str, *, version: str | None = None, serving: bool = False
) -> QuerySet[Deployment]:
    """The same for who administers ``workspace``, or for site admins everywhere (``None``)."""
    asked: dict[str, object] = {"lock__entries__name": canonical(name)}
    if workspace is not None:
        # The entry's as well, although it is the deployment's own: the index begins with it.
        asked |= {"workspace": workspace, "lock__entries__workspace": workspace}
    if version is not None:
        asked["lock__entries__version"] = version
    found = Deployment.objects.filter(**asked, app__deleted_at=None)
    if serving:
        found = found.filter(state=State.ACTIVE)
    return found.select_related("app").annotate(
        entry_name=F("lock__entries__name"),
        entry_version=F("lock__entries__version"),
        entry_index=F("lock__entries__index"),
        entry_origin=F("lock__entries__origin"),
    )


def in_use(principal: Principal, *, containing: str = "", after: str = "", limit: int) -> list[PackageInUse]:
    """Up to ``limit`` packages of what serves, by name, whose names come behind ``after``."""
    return in_use_in(principal.workspace, containing=containing, after=after, limit=limit)


def in_use_in(workspace: Workspace | None, *, containing: str = "", after: str = "", limit: int) -> list[PackageInUse]:
    """The same for who administers ``workspace``, or for site admins everywhere (``None``)."""
    serving = Deployment.objects.filter(state=State.ACTIVE, app__deleted_at=None)
    entries = LockEntry.objects.filter(name__gt=after)
    if workspace is not None:
        serving, entries = serving.filter(workspace=workspace), entries.filter(workspace=workspace)
    entries = entries.filter(lock__deployments__in=serving)
    if containing:
        entries = entries.filter(name__contains=containing)
    # First which names, which an index tells: counting is dear, and is done for one page of them only.
    page = list(entries.order_by("name").values_list("name", flat=True).distinct()[:limit])
    shown = entries.filter(name__in=page)
    rows = shown.values("name").annotate(
        apps=Count("lock__deployments__app", distinct=True),
        versions=ArrayAgg("version", distinct=True),
        origins=ArrayAgg("origin", distinct=True),
    )
    return [
        PackageInUse(row["name"], row["versions"], row["apps"], "requirements" in row["origins"])
        for row in rows.order_by("name")
    ]
