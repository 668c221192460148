"""What an app has that the instances which serve it do not run with: they took theirs when they were started."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Min

from deployments.models import App, Deployment, EnvVar, Instance, InstanceState
from deployments.models.requested_settings import RequestedSettings, variables_in
from deployments.operations import secret_references
from workspaces.models import Secret

#: Those that have, or come back with, the values they were started with.
HOLDING = (InstanceState.STARTING, InstanceState.HEALTHY, InstanceState.CRASHED)


@dataclass(frozen=True)
class Pending:
    """``variables``: the active deployment was requested with others. ``secrets`` are the names of the variables whose
    secret was written since its oldest instance was started; nothing tells whether the value is another one."""

    variables: bool = False
    secrets: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return self.variables or bool(self.secrets)


def of(app: App) -> Pending:
    return of_each([app]).get(app.pk, Pending())


def of_each(apps: Iterable[App]) -> dict[int, Pending]:
    """By the ids of those that have an active deployment, in three queries whatever their number."""
    active = {app.pk: app.active_deployment for app in apps if app.active_deployment is not None}
    if not active:
        return {}
    rows: dict[int, list[EnvVar]] = {pk: [] for pk in active}
    for row in EnvVar.objects.filter(app__in=active):
        rows[row.app_id].append(row)
    written = _written_since_start(list(active.values()))
    return {pk: Pending(_differ(rows[pk], serving), written.get(serving.pk, ())) for pk, serving in active.items()}


def _differ(rows: Sequence[EnvVar], serving: Deployment) -> bool:
    """What was given for one deployment only says nothing about the app's own variables of those names."""
    then = RequestedSettings.from_json(serving.settings)
    env, secrets = variables_in(rows)
    return any(
        _without(now, then.given) != _without(before, then.given)
        for now, before in ((env, then.env), (secrets, then.secrets))
    )


def _without(variables: Mapping[str, object], given: Sequence[str]) -> dict[str, object]:
    return {name: value for name, value in variables.items() if name not in given}


def _written_since_start(active: Sequence[Deployment]) -> dict[int, tuple[str, ...]]:
    """The names of variables by the deployment's id."""
    wanted = {each.pk: secret_references.referred_to(each.settings, each.launch) for each in active}
    keys = {reference.key for references in wanted.values() for reference in references.values()}
    holding = Instance.objects.filter(deployment__in=[pk for pk in wanted if wanted[pk]], state__in=HOLDING)
    started = dict(holding.order_by().values_list("deployment").annotate(Min("created_at")))
    if not started:
        return {}
    secrets = Secret.objects.filter(
        workspace__in={each.workspace_id for each in active}, key__in=keys, updated_at__gt=min(started.values())
    )
    written: dict[tuple[int, str, str], datetime] = {
        (workspace, scope.lower(), key): at
        for workspace, scope, key, at in secrets.values_list("workspace_id", "scope__name", "key", "updated_at")
    }
    return {
        each.pk: tuple(
            name
            for name, reference in sorted(wanted[each.pk].items())
            if (at := written.get((each.workspace_id, reference.scope.lower(), reference.key)))
            and at > started[each.pk]
        )
        for each in active
        if each.pk in started
    }
