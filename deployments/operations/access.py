"""Who may use an app at its address."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import F, QuerySet

from deployments import queue
from deployments.models import Access, App, AppAccess
from deployments.operations import apps
from workspaces import audit
from workspaces.errors import Invalid
from workspaces.models import BuiltinGroup
from workspaces.operations import grantees
from workspaces.operations.grantees import Grantee
from workspaces.permissions import Permission, require
from workspaces.principals import Principal

#: Beyond that a group is the better way to say it.
MAX_CHOSEN = 500


@dataclass(frozen=True)
class AccessList:
    """``users`` by e-mail, ``groups`` by name, ``admins`` and ``users`` among them. Both count for "chosen" only."""

    access: Access
    users: tuple[str, ...]
    groups: tuple[str, ...]


def get(principal: Principal, app: App) -> AccessList:
    require(principal, Permission.VIEW_APPS)
    rows = list(_rows(app))
    users = tuple(row.user.email for row in rows if row.user is not None)
    groups = tuple(str(row) for row in rows if row.user is None)
    return AccessList(Access(app.access), users, groups)


def put(
    principal: Principal, app: App, *, access: str, users: Sequence[str] = (), groups: Sequence[str] = ()
) -> AccessList:
    """Replace both who may see the app and the list of the chosen; takes effect within 5 s.

    Raises ``Invalid`` for somebody who is not a member and for a group that does not exist.
    """
    require(principal, Permission.MANAGE_APPS)
    wanted = apps.checked_access(access)
    with transaction.atomic():
        app = App.objects.select_for_update(of=("self",)).select_related("workspace").find(principal, pk=app.pk)
        before = get(principal, app)
        _replace(app, _chosen(app, users, groups))
        App.objects.filter(pk=app.pk).update(access=wanted, access_epoch=F("access_epoch") + 1)
        app.access = wanted
        after = get(principal, app)
        if after != before:
            audit.record(
                principal, "changed access to", "app", app.name,
                access=wanted, users=list(after.users), groups=list(after.groups),
            )  # fmt: skip
        queue.ring_controller()
    return after


def admits(app: App, principal: Principal) -> bool:
    """Whether the principal, a member of some workspace, may see the app at its address."""
    if app.workspace_id != principal.workspace.pk:
        return False
    if app.access != Access.CHOSEN or app.owner_id == principal.user.pk:
        return True
    return AppAccess.letting_in(user=principal.user, app=app).exists()


def _chosen(app: App, users: Sequence[str], groups: Sequence[str]) -> list[Grantee]:
    if len(users) + len(groups) > MAX_CHOSEN:
        raise Invalid(f"These are more than {MAX_CHOSEN} people and groups.", "Put people into a group, and choose it.")
    # Whoever is on the list may stay there, also when they are no member any more: they cannot see the app anyway.
    listed = {row.user.email if row.user else str(row): _grantee(row) for row in _rows(app)}
    people = [listed.get(name.strip().lower()) or grantees.find(app.workspace, name) for name in users]
    teams = [listed.get(name.strip()) or grantees.find(app.workspace, name) for name in groups]
    for name, grantee in zip(users, people, strict=True):
        if grantee.user is None:
            raise Invalid(f"{name[:128]!r} is a group, not a person.", "List it among the groups.")
    for name, grantee in zip(groups, teams, strict=True):
        if grantee.user is not None:
            raise Invalid(f"{name[:128]!r} is a person, not a group.", "List them among the users.")
    return list(dict.fromkeys([*people, *teams]))


def _replace(app: App, wanted: Sequence[Grantee]) -> None:
    """Rows that stay keep their place in the list."""
    existing = {_grantee(row): row.pk for row in _rows(app)}
    gone = [pk for grantee, pk in existing.items() if grantee not in wanted]
    AppAccess.objects.filter(pk__in=gone).delete()
    AppAccess.objects.bulk_create(
        AppAccess(app=app, **grantee.columns()) for grantee in wanted if grantee not in existing
    )


def _rows(app: App) -> QuerySet[AppAccess]:
    return AppAccess.objects.filter(app=app).select_related("user", "group").order_by("id")


def _grantee(row: AppAccess) -> Grantee:
    builtin = BuiltinGroup(row.builtin_group) if row.builtin_group else None
    return Grantee(user=row.user, group=row.group, builtin_group=builtin)
