"""How many packages each deployment of a list changed, against the one that visitors had before it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace

from deployments.models import App
from deployments.models.lock_entry import LockEntry
from deployments.packages.locks import SERVED
from deployments.views.rows import PAGE_SIZE, ChangedPackages, DeploymentRow, RowPage

#: Of one lock: what stands for each package by its name.
Contents = Mapping[str, tuple[str, str]]


def counted(app: App, page: RowPage) -> RowPage:
    """The page with ``DeploymentRow.changed`` where both deployments have packages; in two queries."""
    if not page.rows:
        return page
    served = _served_before(app, page.rows[0].deployment.number)
    locks = {lock for _, lock in served} | {row.deployment.lock_id for row in page.rows}
    contents = _contents(lock for lock in locks if lock is not None)
    return replace(page, rows=tuple(replace(row, changed=_changed(row, served, contents)) for row in page.rows))


def _served_before(app: App, number: int) -> list[tuple[int, int | None]]:
    """Numbers and locks, the newest first: as many as the rows of a page can be compared with."""
    served = app.deployments.filter(state__in=SERVED, is_draft=False, number__lt=number).order_by("-number")
    return list(served.values_list("number", "lock_id")[: PAGE_SIZE + 1])


def _contents(locks: Iterable[int]) -> Mapping[int, Contents]:
    found: dict[int, dict[str, tuple[str, str]]] = defaultdict(dict)
    entries = LockEntry.objects.filter(lock__in=list(locks))
    for lock, name, version, index in entries.values_list("lock_id", "name", "version", "index"):
        found[lock][name] = (version, index)
    return found


def _changed(
    row: DeploymentRow, served: list[tuple[int, int | None]], contents: Mapping[int, Contents]
) -> ChangedPackages | None:
    own = row.deployment.lock_id
    earlier = next((one for one in served if one[0] < row.deployment.number), None)
    if own is None or earlier is None or earlier[1] is None:
        return None
    before, after = contents.get(earlier[1], {}), contents.get(own, {})
    count = sum(before.get(name) != after.get(name) for name in before.keys() | after.keys())
    return ChangedPackages(count, since=earlier[0])
