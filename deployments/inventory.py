"""Which package is used where, over all the apps of a workspace.

Asked of the rows of locks, which deployments share: ten thousand deployments have a few hundred locks.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Count, F, QuerySet
from packaging.utils import canonicalize_name

from deployments.models import Deployment, LockEntry, State
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
    # The workspace as well, although it is the deployment's own: the index begins with it.
    asked: dict[str, object] = {"lock__entries__workspace": principal.workspace, "lock__entries__name": canonical(name)}
    if version is not None:
        asked["lock__entries__version"] = version
    found = Deployment.objects.visible_to(principal).filter(**asked, app__deleted_at=None)
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
    serving = Deployment.objects.visible_to(principal).filter(state=State.ACTIVE, app__deleted_at=None)
    entries = LockEntry.objects.visible_to(principal).filter(lock__deployments__in=serving, name__gt=after)
    if containing:
        entries = entries.filter(name__contains=containing)
    rows = entries.values("name").annotate(
        apps=Count("lock__deployments__app", distinct=True),
        versions=ArrayAgg("version", distinct=True),
        origins=ArrayAgg("origin", distinct=True),
    )
    return [
        PackageInUse(row["name"], row["versions"], row["apps"], "requirements" in row["origins"])
        for row in rows.order_by("name")[:limit]
    ]
