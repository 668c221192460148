"""The environment variables of an app: plain values that its members can read, and references to secrets."""

from collections.abc import Mapping

from django.db import transaction
from django.db.models import QuerySet

from deployments.models import App, EnvVar, SecretReference
from deployments.operations import secret_references
from deployments.source.app_yaml import ENV_NAME, RESERVED_NAMES, RESERVED_PREFIX
from workspaces import audit
from workspaces.errors import Conflict, Invalid, LimitExceeded
from workspaces.permissions import Permission, require
from workspaces.principals import Principal

#: A plain value, or where a secret one comes from.
Value = str | SecretReference

MAX_VARIABLES = 100
MAX_NAME = 200
#: Linux gives one variable 128 KiB and all of them, with the command, about 2 MiB.
MAX_VALUE_BYTES = 32 * 1024
MAX_TOTAL_BYTES = 512 * 1024


def of(principal: Principal, app: App) -> QuerySet[EnvVar]:
    """The app's variables by name."""
    require(principal, Permission.VIEW_APPS)
    return EnvVar.objects.visible_to(principal).filter(app=app).order_by("name")


def replace(principal: Principal, app: App, variables: Mapping[str, Value]) -> None:
    """Let the app have these variables and no others, from its next deployment on.

    A new or changed reference needs READ on its scope. Raises ``Invalid``, ``Forbidden``, ``LimitExceeded``.
    """
    with transaction.atomic():
        app = _held(principal, app)
        _store(principal, app, variables)


def change(principal: Principal, app: App, changes: Mapping[str, Value | None]) -> None:
    """Set some variables and remove those that are ``None``; the others stay."""
    with transaction.atomic():
        app = _held(principal, app)
        merged: dict[str, Value | None] = {**_stored(app), **changes}
        _store(principal, app, {name: value for name, value in merged.items() if value is not None})


def problem_with(name: str, value: Value) -> Invalid | None:
    """Why this cannot be a variable of an app, if it cannot."""
    return _problem_with_name(name) or (_problem_with_value(name, value) if isinstance(value, str) else None)


def check(given: Mapping[str, Value]) -> None:
    """Of variables for one deployment. Raises ``Invalid`` and ``LimitExceeded`` as for those of an app."""
    _check(given, given)


def _held(principal: Principal, app: App) -> App:
    """The app's row until the transaction ends, so that nothing is requested with half of a change."""
    require(principal, Permission.MANAGE_APPS)
    held = App.objects.select_for_update(of=("self",)).select_related("workspace").get(pk=app.pk)
    if held.deleted_at is not None:
        raise Conflict(f"The app {held.name!r} has been deleted.", "Restore it first.")
    return held


def _stored(app: App) -> dict[str, Value]:
    return {row.name: row.reference if row.is_secret else row.value for row in app.env_vars.all()}


def _store(principal: Principal, app: App, variables: Mapping[str, Value]) -> None:
    before = _stored(app)
    changed = {name: value for name, value in variables.items() if before.get(name) != value}
    removed = sorted(before.keys() - variables.keys())
    _check(changed, variables)
    secret_references.check(
        principal, app, {name: value for name, value in changed.items() if isinstance(value, SecretReference)}
    )
    for name, value in changed.items():
        _save(principal, app, name, value)
    app.env_vars.filter(name__in=removed).delete()
    if changed or removed:
        secrets = {name: str(value) for name, value in changed.items() if isinstance(value, SecretReference)}
        audit.record(
            principal, "changed", "app environment", app.name, set=sorted(changed), removed=removed, secrets=secrets
        )
        secret_references.revoke_unused(app)


def _save(principal: Principal, app: App, name: str, value: Value) -> None:
    reference = None if isinstance(value, str) else value
    columns = {
        "value": value if isinstance(value, str) else "",
        "secret_scope": reference.scope if reference else "",
        "secret_key": reference.key if reference else "",
        "workspace": app.workspace,
        "updated_by": principal.user,
        "updated_by_name": str(principal),
    }
    EnvVar.objects.update_or_create(app=app, name=name, defaults=columns)


def _check(changed: Mapping[str, Value], variables: Mapping[str, Value]) -> None:
    if len(variables) > MAX_VARIABLES:
        raise LimitExceeded(
            f"An app has at most {MAX_VARIABLES} variables; these would be {len(variables)}.",
            "Keep settings that belong together in one variable, or in a file of the source.",
        )
    for name, value in changed.items():
        if problem := problem_with(name, value):
            raise problem
    if sum(_size(value) for value in variables.values()) > MAX_TOTAL_BYTES:
        raise LimitExceeded(
            f"The variables together are larger than {MAX_TOTAL_BYTES // 1024} KiB.",
            "Keep large things in a file of the source.",
        )


def _problem_with_name(name: str) -> Invalid | None:
    if not ENV_NAME.fullmatch(name) or len(name) > MAX_NAME:
        return Invalid(
            f"{name[:100]!r} cannot be the name of an environment variable.",
            f"Use up to {MAX_NAME} letters, digits and underscores, and begin with a letter.",
        )
    if name in RESERVED_NAMES or name.startswith(RESERVED_PREFIX):
        return Invalid(f"{name} is set by the platform.", "Choose another name.")
    return None


def _problem_with_value(name: str, value: str) -> Invalid | None:
    if "\0" in value:
        return Invalid(f"The value of {name} holds a NUL character.", "No environment variable can hold one.")
    if _size(value) > MAX_VALUE_BYTES:
        return Invalid(
            f"The value of {name} has {_size(value):,} bytes; a variable holds at most {MAX_VALUE_BYTES:,}.",
            "Keep large things in a file of the source, and large secrets in a scope.",
        )
    return None


def _size(value: Value) -> int:
    return len(value.encode()) if isinstance(value, str) else 0
