"""The secrets that an app refers to: who may make it do so, and the app's own grants.

New source can show what it is given, so whoever deploys it must be able to READ each secret. The grant then is the
app's: starts, restarts and going back to what was proven need nobody any more.
"""

from collections.abc import Iterable, Mapping

from django.conf import settings
from django.db import transaction

from deployments.models import App, SecretReference, State
from deployments.models.requested_settings import references
from workspaces.errors import Conflict, Forbidden, Invalid, NotFound
from workspaces.models import ScopeAcl, Secret, SecretScope, Workspace
from workspaces.operations import scope_acls, secret_scopes
from workspaces.principals import Principal

#: Deployments that may still be started, or started again.
STARTABLE = (State.QUEUED, State.BUILDING, State.STARTING, State.READY, State.ACTIVE)


def check(principal: Principal, app: App, wanted: Mapping[str, SecretReference]) -> None:
    """Whether ``principal`` may have ``app`` use these secrets, by the variables' names; then the app is granted them.

    The caller holds the app's row. Raises ``Forbidden`` and ``Invalid``, naming the variable.
    """
    scopes = _scopes(app.workspace, wanted)
    readable = scope_acls.effective_on(principal, scopes.values())
    for name, reference in wanted.items():
        scope = scopes[reference.scope.lower()]
        if scope.pk not in readable:
            raise Forbidden(
                f"{name} refers to a secret of scope {scope.name!r}, which you may not read.",
                "Ask whoever manages the scope for READ, or let somebody who has it do this.",
            )
    # Only now: what a scope holds is for those who may read it.
    _require_keys(scopes, wanted)
    _grant(principal, app, scopes.values())


def check_again(principal: Principal, app: App, wanted: Mapping[str, SecretReference]) -> None:
    """The same for a deployment that passed its checks before: a grant that the app still has is enough."""
    scopes = _scopes(app.workspace, wanted)
    granted = set(ScopeAcl.objects.filter(app_uuid=app.uuid).values_list("scope_id", flat=True))
    missing = {name: where for name, where in wanted.items() if scopes[where.scope.lower()].pk not in granted}
    _require_keys(scopes, wanted)
    check(principal, app, missing)


def referred_to(settings: Mapping[str, object], launch: Mapping[str, object] | None) -> dict[str, SecretReference]:
    """The references of a deployment: those of its app's variables, and those of its source once that was read."""
    found: dict[str, SecretReference] = {}
    for content in (settings, launch or {}):
        found |= references(content.get("secrets", {}))  # type: ignore[arg-type]
    return found


def revoke_unused(app: App) -> None:
    """End the grants on scopes that neither the app's variables nor anything that may start refers to.

    While a deployment is built nothing is known of its source yet; its release does this again.
    """
    with transaction.atomic():
        app = App.objects.select_for_update(of=("self",)).select_related("workspace").get(pk=app.pk)
        startable = list(app.deployments.filter(state__in=STARTABLE).values_list("state", "settings", "launch"))
        if any(state == State.BUILDING for state, _, _ in startable):
            return
        used = {row.secret_scope.lower() for row in app.env_vars.all() if row.is_secret}
        if startable:
            # Each start reads there where packages come from.
            used.add(settings.PACKAGE_SCOPE.lower())
        for _, requested, launch in startable:
            used |= {reference.scope.lower() for reference in referred_to(requested, launch).values()}
        for scope in SecretScope.objects.in_workspace(app.workspace).filter(acls__app_uuid=app.uuid):
            if scope.name.lower() not in used:
                scope_acls.revoke_app(scope, app.uuid)


def _scopes(workspace: Workspace, wanted: Mapping[str, SecretReference]) -> dict[str, SecretScope]:
    """By name in lower case."""
    found = secret_scopes.each_named(workspace, {reference.scope for reference in wanted.values()})
    for name, reference in wanted.items():
        if reference.scope.lower() not in found:
            raise Invalid(
                f"{name} refers to the scope {reference.scope[:128]!r}, which does not exist in this workspace.",
                f"Create it with the key {reference.key[:128]!r}, or change {name}.",
            )
    return found


def _require_keys(scopes: Mapping[str, SecretScope], wanted: Mapping[str, SecretReference]) -> None:
    keys = {reference.key.replace("\0", "") for reference in wanted.values()}
    there = set(Secret.objects.filter(scope__in=scopes.values(), key__in=keys).values_list("scope_id", "key"))
    for name, reference in wanted.items():
        scope = scopes[reference.scope.lower()]
        if (scope.pk, reference.key.replace("\0", "")) not in there:
            raise Invalid(
                f"{name} refers to the key {reference.key[:128]!r}, which scope {scope.name!r} does not hold.",
                f"Write a secret under that key, or change {name}. Upper and lower case of keys differ.",
            )


def _grant(principal: Principal, app: App, scopes: Iterable[SecretScope]) -> None:
    by_number = {scope.pk: scope for scope in scopes}
    granted = ScopeAcl.objects.filter(app_uuid=app.uuid, scope__in=by_number)
    # In one order, so that two apps that are granted the same scopes never wait for each other.
    for number in sorted(by_number.keys() - set(granted.values_list("scope_id", flat=True))):
        scope = by_number[number]
        try:
            scope_acls.grant_app(principal, scope, app_uuid=app.uuid)
        except NotFound as error:
            raise Conflict(f"The scope {scope.name!r} was deleted just now.", "Try again.") from error
