"""Making, finding and deleting secret scopes."""

import re
from collections.abc import Iterable

from django.db import transaction
from django.db.models.functions import Lower

from workspaces import audit
from workspaces.errors import Conflict, Invalid, LimitExceeded, NotFound
from workspaces.models import BuiltinGroup, ScopeAcl, ScopePermission, SecretScope, Workspace
from workspaces.operations import scope_acls
from workspaces.permissions import Permission, require
from workspaces.principals import Principal

#: The names and numbers that the Databricks clients document.
NAME = re.compile(r"[A-Za-z0-9_.@-]{1,128}")
#: Clients and proxies take these out of an address.
NO_NAMES = {".", ".."}
MAX_SCOPES = 1000


def create(principal: Principal, *, name: str, initial_manage_principal: str | None = None) -> SecretScope:
    """A new scope that its creator manages, or all members with ``initial_manage_principal="users"``."""
    require(principal, Permission.CREATE_SCOPES)
    if not is_name(name):
        raise Invalid(
            f"{name[:140]!r} cannot be the name of a scope.",
            "Use up to 128 letters, digits, hyphens, underscores, periods and @.",
        )
    if initial_manage_principal not in {None, BuiltinGroup.USERS}:
        raise Invalid("initial_manage_principal can only be 'users'.", "Leave it out to manage the scope yourself.")
    with transaction.atomic():
        _count(principal.workspace)
        if named(principal.workspace, name) is not None:
            raise Conflict(
                f"Scope {name} already exists. Names that differ only in case are the same.", "Choose another name."
            )
        scope = SecretScope.objects.create(
            workspace=principal.workspace, name=name, created_by=principal.user, created_by_name=str(principal)
        )
        holder = {"builtin_group": BuiltinGroup.USERS} if initial_manage_principal else {"user": principal.user}
        ScopeAcl.objects.create(workspace=scope.workspace, scope=scope, permission=ScopePermission.MANAGE, **holder)
        audit.record(principal, "created", "secret scope", name, manager=initial_manage_principal or str(principal))
    return scope


def find(principal: Principal, name: str) -> SecretScope:
    """The scope of that name, in whatever case. Its name is no secret to members; strangers find nothing."""
    scope = named(principal.workspace, name)
    if scope is None:
        raise NotFound(f"Scope {name[:128]} does not exist.", "The list of scopes shows those there are.")
    return scope


def named(workspace: Workspace, name: str) -> SecretScope | None:
    """The workspace's scope of that name in whatever case, whoever asks."""
    return each_named(workspace, [name]).get(name.lower())


def each_named(workspace: Workspace, names: Iterable[str]) -> dict[str, SecretScope]:
    """Those of the workspace's scopes that have one of ``names``, by name in lower case, in one query."""
    lowered = {name.lower() for name in names if is_name(name)}
    if not lowered:
        return {}
    rows = SecretScope.objects.in_workspace(workspace).alias(lowered=Lower("name")).filter(lowered__in=lowered)
    found: dict[str, SecretScope] = {scope.name.lower(): scope for scope in rows}
    for scope in found.values():
        scope.workspace = workspace
    return found


def delete(principal: Principal, scope: SecretScope) -> None:
    """End the scope with its secrets and grants, at once and for ever."""
    with transaction.atomic():
        scope = scope_acls.lock(principal, scope, ScopePermission.MANAGE)
        audit.record(principal, "deleted", "secret scope", scope.name, secrets=scope.secrets.count())
        scope.delete()


def is_name(text: str) -> bool:
    return NAME.fullmatch(text) is not None and text not in NO_NAMES


def _count(workspace: Workspace) -> None:
    """Hold the workspace's row meanwhile, so that of two creations at once the second counts the first."""
    Workspace.objects.select_for_update(no_key=True).get(pk=workspace.pk)
    if SecretScope.objects.in_workspace(workspace).count() >= MAX_SCOPES:
        raise LimitExceeded(f"A workspace has at most {MAX_SCOPES} scopes.", "Delete one that is not used any more.")
