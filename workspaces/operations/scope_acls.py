"""Who may read, write and manage a secret scope.

Admins of the workspace manage every scope, whatever its list says. Even so the list keeps at least one MANAGE:
a scope shows who answers for it, and does not fall to the admins by somebody's slip.
"""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Q, QuerySet

from workspaces import audit
from workspaces.errors import Conflict, Forbidden, Invalid, NotFound
from workspaces.models import BuiltinGroup, Role, ScopeAcl, ScopePermission, SecretScope
from workspaces.operations import grantees
from workspaces.operations.grantees import Grantee
from workspaces.principals import Principal

#: Each holds those before it.
ORDER = list(ScopePermission)
#: Completes "you may not …".
DEEDS = {
    ScopePermission.READ: "read the secrets of",
    ScopePermission.WRITE: "write secrets into",
    ScopePermission.MANAGE: "manage",
}


@dataclass(frozen=True)
class Grant:
    """``grantee``: an e-mail, a group's name, ``admins``, ``users``, or the uuid of an app."""

    grantee: str
    permission: ScopePermission


def put(principal: Principal, scope: SecretScope, *, grantee: str, permission: ScopePermission) -> Grant:
    """Give ``grantee`` that permission instead of any other. Raises ``Invalid`` for somebody unknown."""
    with transaction.atomic():
        scope = lock(principal, scope, ScopePermission.MANAGE)
        holder = _app(scope, grantee, permission) or grantees.find(scope.workspace, grantee)
        if permission != ScopePermission.MANAGE:
            _keep_a_manager(scope, ScopeAcl.objects.filter(scope=scope, **holder.columns()))
        acl, _ = ScopeAcl.objects.update_or_create(
            scope=scope, **holder.columns(), defaults={"workspace": scope.workspace, "permission": permission}
        )
        grant = _grant(acl)
        audit.record(
            principal, "granted", "secret scope", scope.name, grantee=grant.grantee, permission=str(permission)
        )
    return grant


def delete(principal: Principal, scope: SecretScope, *, grantee: str) -> None:
    """Take away what ``grantee`` was given by name. Raises ``Conflict`` for the last MANAGE."""
    with transaction.atomic():
        scope = lock(principal, scope, ScopePermission.MANAGE)
        rows = ScopeAcl.objects.filter(grantees.matching(grantee), scope=scope)
        acl = rows.select_related("user", "group").first()
        if acl is None:
            raise _nothing_granted(scope, grantee)
        _keep_a_manager(scope, rows)
        acl.delete()
        audit.record(principal, "revoked", "secret scope", scope.name, grantee=grantees.name_of(acl))


def get(principal: Principal, scope: SecretScope, *, grantee: str) -> Grant:
    """What ``grantee`` was given by name, which may be less than what they have through a group."""
    require(principal, scope, ScopePermission.MANAGE)
    found = ScopeAcl.objects.filter(grantees.matching(grantee), scope=scope).select_related("user", "group").first()
    if found is None:
        raise _nothing_granted(scope, grantee)
    return _grant(found)


def all(principal: Principal, scope: SecretScope) -> list[Grant]:
    """Every grant on the scope, the oldest first; apps by their uuid."""
    require(principal, scope, ScopePermission.MANAGE)
    return [_grant(acl) for acl in ScopeAcl.objects.filter(scope=scope).select_related("user", "group").order_by("id")]


def effective(principal: Principal, scope: SecretScope) -> ScopePermission | None:
    """The most that the principal has: by name, through a group, or as an admin."""
    return effective_on(principal, [scope]).get(scope.pk)


def effective_on(principal: Principal, scopes: Iterable[SecretScope]) -> dict[int, ScopePermission]:
    """The same for many scopes by their primary key, in one query; without those that give nothing."""
    ids = [scope.pk for scope in scopes if scope.workspace_id == principal.workspace.pk]
    if principal.role == Role.ADMIN:
        return dict.fromkeys(ids, ScopePermission.MANAGE)
    mine = Q(user=principal.user) | Q(group__members=principal.user) | Q(builtin_group=BuiltinGroup.USERS)
    most: dict[int, ScopePermission] = {}
    for scope_id, word in ScopeAcl.objects.filter(mine, scope__in=ids).values_list("scope_id", "permission"):
        most[scope_id] = max(most.get(scope_id, ORDER[0]), ScopePermission(word), key=ORDER.index)
    return most


def require(principal: Principal, scope: SecretScope, permission: ScopePermission) -> None:
    """Raise ``Forbidden`` unless the principal has it, ``NotFound`` for another workspace's scope."""
    if scope.workspace_id != principal.workspace.pk:
        raise gone(scope)
    has = effective(principal, scope)
    if has is None or ORDER.index(has) < ORDER.index(permission):
        raise Forbidden(
            f"You may not {DEEDS[permission]} scope {scope.name!r}: that takes {permission.value}, "
            f"and you have {has.value if has else 'no permission'} on it.",
            "Ask somebody who manages the scope, or an admin of the workspace.",
        )


def lock(principal: Principal, scope: SecretScope, permission: ScopePermission) -> SecretScope:
    """The scope's row, held until the transaction ends, once ``require`` lets the principal pass.

    Whoever counts secrets or managers holds it, so that two at once cannot both be the last.
    """
    held = SecretScope.objects.select_for_update(no_key=True, of=("self",)).filter(pk=scope.pk)
    row = held.select_related("workspace").first()
    if row is None:
        raise gone(scope)
    require(principal, row, permission)
    return row


def grant_app(principal: Principal, scope: SecretScope, *, app_uuid: uuid.UUID) -> None:
    """Let the app read the scope, because the principal can. It stays so when the principal leaves."""
    with transaction.atomic():
        scope = lock(principal, scope, ScopePermission.READ)
        _, is_new = ScopeAcl.objects.get_or_create(
            scope=scope, app_uuid=app_uuid, defaults={"workspace": scope.workspace, "permission": ScopePermission.READ}
        )
        if is_new:
            audit.record(principal, "granted", "secret scope", scope.name, grantee=str(app_uuid), permission="READ")


def revoke_app(scope: SecretScope, app_uuid: uuid.UUID) -> None:
    """End the app's grant, if it has one: nothing of it refers to the scope any more."""
    with transaction.atomic():
        if ScopeAcl.objects.filter(scope=scope, app_uuid=app_uuid).delete()[0]:
            audit.record_by_platform(scope.workspace, "revoked", "secret scope", scope.name, grantee=str(app_uuid))


def revoke_app_everywhere(app_uuid: uuid.UUID) -> None:
    """The app is purged: its grants go with it."""
    for acl in ScopeAcl.objects.filter(app_uuid=app_uuid).select_related("scope__workspace"):
        revoke_app(acl.scope, app_uuid)


def gone(scope: SecretScope) -> NotFound:
    return NotFound(f"There is no scope {scope.name!r} in this workspace.", "The list of scopes shows those there are.")


def _app(scope: SecretScope, grantee: str, permission: ScopePermission) -> Grantee | None:
    """The app that ``grantee`` is the uuid of; it must hold a grant, since only its own deployer can give it one."""
    app_uuid = grantees.as_uuid(grantee)
    if app_uuid is None:
        return None
    if not ScopeAcl.objects.filter(scope=scope, app_uuid=app_uuid).exists():
        raise grantees.unknown(grantee)
    if permission != ScopePermission.READ:
        raise Invalid("An app can only have READ.", "Apps read secrets; people write and manage them.")
    return Grantee(app_uuid=app_uuid)


def _keep_a_manager(scope: SecretScope, leaving: QuerySet[ScopeAcl]) -> None:
    managers = ScopeAcl.objects.filter(scope=scope, permission=ScopePermission.MANAGE)
    if managers.exists() and not managers.exclude(pk__in=leaving.values("pk")).exists():
        raise Conflict(
            f"This is the last MANAGE on scope {scope.name!r}.",
            "Give MANAGE to somebody else first, for instance to 'admins'.",
        )


def _nothing_granted(scope: SecretScope, grantee: str) -> NotFound:
    return NotFound(
        f"{grantee[:128]!r} was given nothing on scope {scope.name!r} by that name.",
        "The scope's access list shows who was; what comes through a group is listed under the group.",
    )


def _grant(acl: ScopeAcl) -> Grant:
    return Grant(grantees.name_of(acl), ScopePermission(acl.permission))
