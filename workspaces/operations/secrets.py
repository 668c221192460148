"""Writing, reading and deleting the sealed values of a scope."""

import logging
import re
import uuid
from collections.abc import Collection, Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from workspaces import audit, sealing
from workspaces.encryption import CannotOpen
from workspaces.errors import Conflict, Forbidden, Invalid, LimitExceeded, NotFound
from workspaces.models import ScopeAcl, ScopePermission, Secret, SecretScope, Workspace
from workspaces.operations import scope_acls, secret_scopes
from workspaces.principals import Principal

logger = logging.getLogger(__name__)

#: The names and numbers that the Databricks clients document.
KEY = re.compile(r"[A-Za-z0-9_.-]{1,128}")
#: Clients and proxies take these out of an address.
NO_KEYS = {".", ".."}
MAX_VALUE_BYTES = 128 * 1024
MAX_SECRETS = 1000

#: The name of a scope, in whatever case, and a key in it.
Place = tuple[str, str]


def put(principal: Principal, scope: SecretScope, *, key: str, value: bytes, now: datetime) -> Secret:
    """Write the value, instead of what the key held before."""
    _check(key, value)
    with transaction.atomic():
        scope = scope_acls.lock(principal, scope, ScopePermission.WRITE)
        secret = Secret.objects.filter(scope=scope, key=key).first()
        verb = "created" if secret is None else "replaced"
        if secret is None:
            _count(scope)
            secret = Secret(workspace=scope.workspace, scope=scope, key=key)
        secret.sealed = sealing.seal(scope, key, value)
        secret.updated_at, secret.updated_by_name = now, str(principal)
        secret.save()
        _record(principal, verb, scope, key)
    return secret


def to_delete(principal: Principal, scope: SecretScope, *, key: str) -> Secret:
    """What ``delete`` would delete, for the question before it."""
    scope_acls.require(principal, scope, ScopePermission.WRITE)
    return _find(scope, key)


def delete(principal: Principal, scope: SecretScope, *, key: str) -> None:
    with transaction.atomic():
        scope = scope_acls.lock(principal, scope, ScopePermission.WRITE)
        _find(scope, key).delete()
        _record(principal, "deleted", scope, key)


def read(principal: Principal, scope: SecretScope, *, key: str) -> bytes:
    """The value in clear. Nobody gets it without a row in the audit."""
    with transaction.atomic():
        scope_acls.require(principal, scope, ScopePermission.READ)
        value = _open(_find(scope, key))
        _record(principal, "read", scope, key)
    return value


def read_those_there(principal: Principal, scope: SecretScope, *, keys: Collection[str]) -> dict[str, bytes]:
    """The values in clear of those of ``keys`` that exist, in the same few queries however many they are."""
    with transaction.atomic():
        scope_acls.require(principal, scope, ScopePermission.READ)
        found = _opened(scope, keys)
        audit.record_each(principal, "read", "secret", _told(scope, found))
    return found


def keys(principal: Principal, scope: SecretScope) -> QuerySet[Secret]:
    """The scope's secrets by key, without their sealed values. For whoever may READ."""
    scope_acls.require(principal, scope, ScopePermission.READ)
    return Secret.objects.filter(scope=scope).defer("sealed").order_by("key")


def read_for_app(app_uuid: uuid.UUID, workspace: Workspace, scope_name: str, key: str) -> bytes:
    """The value for an app that starts, by the grant that the app itself holds. Audited as the app's."""
    with transaction.atomic():
        scope = secret_scopes.named(workspace, scope_name)
        if scope is None:
            raise NotFound(
                f"Scope {scope_name} does not exist.", "Create it, or change the variable that refers to it."
            )
        _require_grants(app_uuid, [scope])
        value = _open(_find(scope, key))
        named = _name(scope, key)
        audit.record_by_platform(workspace, "read", "secret", named, scope=scope.name, key=key, app=str(app_uuid))
    return value


def read_all_for_app(app_uuid: uuid.UUID, workspace: Workspace, places: Collection[Place]) -> dict[Place, bytes]:
    """The same of all ``places``, or of none of them, in the same few queries however many they are."""
    with transaction.atomic():
        scopes = secret_scopes.each_named(workspace, {name for name, _ in places})
        _require_grants(app_uuid, scopes.values())
        rows = _rows(scopes.values(), {key for _, key in places})
        held = {(secret.scope.name.lower(), secret.key): secret for secret in rows}
        missing = [place for place in places if (place[0].lower(), place[1]) not in held]
        if missing:
            raise NotFound(
                f"There is no secret {'/'.join(missing[0])[:257]!r}.", "The list of scopes shows those there are."
            )
        found = {place: held[place[0].lower(), place[1]] for place in places}
        values = {place: _open(secret) for place, secret in found.items()}
        told = [entry for secret in found.values() for entry in _told(secret.scope, [secret.key], app=str(app_uuid))]
        audit.record_each_by_platform(workspace, "read", "secret", told)
    return values


def read_those_there_for_app(app_uuid: uuid.UUID, scope: SecretScope, *, keys: Collection[str]) -> dict[str, bytes]:
    """The same of those of ``keys`` that one scope holds."""
    with transaction.atomic():
        _require_grants(app_uuid, [scope])
        found = _opened(scope, keys)
        audit.record_each_by_platform(scope.workspace, "read", "secret", _told(scope, found, app=str(app_uuid)))
    return found


def is_key(text: str) -> bool:
    return KEY.fullmatch(text) is not None and text not in NO_KEYS


def _check(key: str, value: bytes) -> None:
    if not is_key(key):
        raise Invalid(
            f"{key[:140]!r} cannot be the key of a secret.",
            "Use up to 128 letters, digits, hyphens, underscores and periods.",
        )
    if len(value) > MAX_VALUE_BYTES:
        raise Invalid(
            f"The value for {key!r} has {len(value):,} bytes; a secret holds at most {MAX_VALUE_BYTES:,}.",
            "Keep large things elsewhere, and their password here.",
        )


def _count(scope: SecretScope) -> None:
    """The caller holds the scope's row."""
    if scope.secrets.count() >= MAX_SECRETS:
        raise LimitExceeded(
            f"Scope {scope.name!r} holds {MAX_SECRETS} secrets, the most a scope can.",
            "Delete one, or use another scope.",
        )


def _find(scope: SecretScope, key: str) -> Secret:
    """For whoever may read or write the scope: the sentence says how many keys there are."""
    secret = (
        Secret.objects.select_related("scope__workspace").filter(scope=scope, key=key).first() if is_key(key) else None
    )
    if secret is None:
        count = scope.secrets.count()
        raise NotFound(
            f"Scope {scope.name!r} has no key {key[:128]!r}. It holds {count} key{'' if count == 1 else 's'}.",
            "The scope's list shows them; upper and lower case differ.",
        )
    return secret


def _require_grants(app_uuid: uuid.UUID, scopes: Collection[SecretScope]) -> None:
    granted = set(ScopeAcl.objects.filter(scope__in=scopes, app_uuid=app_uuid).values_list("scope_id", flat=True))
    for scope in scopes:
        if scope.pk not in granted:
            raise Forbidden(
                f"The app may not read scope {scope.name!r}.",
                "Somebody who can read the scope must save the variable that refers to it once more.",
            )


def _rows(scopes: Collection[SecretScope], keys: Collection[str]) -> QuerySet[Secret]:
    rows = Secret.objects.filter(scope__in=scopes, key__in=[key for key in keys if is_key(key)])
    return rows.select_related("scope__workspace").order_by("key")


def _opened(scope: SecretScope, keys: Collection[str]) -> dict[str, bytes]:
    return {secret.key: _open(secret) for secret in _rows([scope], keys)}


def _open(secret: Secret) -> bytes:
    try:
        return sealing.unseal(secret)
    except CannotOpen as error:
        logger.error("Secret %s of workspace %s: %s", secret, secret.workspace_id, error)
        raise Conflict(
            f"The secret {secret.key!r} of scope {secret.scope.name!r} cannot be opened with the platform's keys.",
            "Write its value anew, or ask who runs Slipway to bring back the key that sealed it.",
        ) from error


def _record(principal: Principal, verb: str, scope: SecretScope, key: str) -> None:
    audit.record(principal, verb, "secret", _name(scope, key), scope=scope.name, key=key)


def _name(scope: SecretScope, key: str) -> str:
    """Cut to what the audit's column holds; its details have both in full."""
    return f"{scope.name}/{key}"[:200]


def _told(scope: SecretScope, keys: Iterable[str], **more: object) -> list[tuple[str, dict[str, object]]]:
    """Name and details of each, for the audit."""
    return [(_name(scope, key), {"scope": scope.name, "key": key, **more}) for key in keys]
