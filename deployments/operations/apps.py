"""Creating, changing, starting, stopping and deleting apps."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from deployments import queue
from deployments.models import Access, App, Cause, Deployment, DesiredState, HostAlias, State
from deployments.models.deployment import IN_FLIGHT, UNDER_WAY
from deployments.operations import base_image_rows, deployments, scaling, serving
from packagerepos.policy import Installer
from workspaces import audit, slugs, unix_users
from workspaces.errors import Conflict, Forbidden, Invalid, NotFound
from workspaces.models import Membership, Role, User
from workspaces.permissions import Permission, require
from workspaces.principals import Principal

#: What POST and PATCH take, with the check of each.
CHANGEABLE = (
    "title",
    "command",
    "readiness_path",
    "startup_s",
    "start_timeout_s",
    "environment_management",
    "installer",
    *scaling.FIELDS,
)
#: Pages beside /apps/<name>.
RESERVED = frozenset({"new"})


def create(principal: Principal, *, name: str, access: str | None = None, **fields: Any) -> App:
    """A new, empty app. Raises ``Invalid`` for a name that is no DNS label, ``Conflict`` for one in use.

    Without ``access`` it is as open as the platform's settings say.
    """
    require(principal, Permission.MANAGE_APPS)
    if name in RESERVED:
        raise Invalid(f"{name!r} cannot be the name of an app: a page of the platform has it.", "Choose another name.")
    if not slugs.is_label(name):
        raise Invalid(
            f"{name!r} cannot be the name of an app.",
            "Use 1 to 63 lower-case letters, digits and hyphens, with no hyphen at either end.",
        )
    wanted, checked = _split(_checked(fields))
    if access is not None:
        checked["access"] = checked_access(access)
    image = base_image_rows.for_rules(
        principal.workspace, wanted.get("base_image", principal.workspace.default_base_image)
    )
    try:
        with transaction.atomic():
            app = App.objects.create(
                workspace=principal.workspace,
                name=name,
                owner=principal.user,
                created_by_name=str(principal),
                host_label=free_host_label(name, principal.workspace.slug),
                unix_uid=unix_users.next_uid(),
                **checked,
                **scaling.new(wanted, image).columns,
            )
            audit.record(principal, "created", "app", name)
    except IntegrityError as error:
        raise Conflict(
            f"There is an app {name!r} in this workspace already.", "Choose another name, or deploy to that app."
        ) from error
    return app


def update(principal: Principal, app: App, **fields: Any) -> App:
    """Change settings. What a deployment copies takes effect at the next one; the running one is left alone.

    Only conversion back to a standard app deploys at once. Raises ``Conflict`` for what ``operations.scaling`` forbids.
    """
    require(principal, Permission.MANAGE_APPS)
    wanted, checked = _split(_checked(fields))
    if wanted or checked:
        with transaction.atomic():
            locked = App.objects.select_for_update().get(pk=app.pk)
            now, then = _rescaled(locked, wanted)
            App.objects.filter(pk=app.pk).update(**checked, **then.columns)
            audit.record(principal, "changed", "app", app.name, fields=sorted([*wanted, *checked]))
            if scaling.goes_back(now, then):
                _deploy_as_standard(principal, locked)
            queue.ring_controller()
        app.refresh_from_db()
    return app


def _split(checked: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Those that hang together, and the others."""
    wanted = {name: value for name, value in checked.items() if name in scaling.FIELDS}
    return wanted, {name: value for name, value in checked.items() if name not in wanted}


def _rescaled(app: App, wanted: Mapping[str, Any]) -> tuple[scaling.Runtime, scaling.Runtime]:
    now = scaling.Runtime.of(app)
    if not wanted:
        return now, now
    before = base_image_rows.for_rules(app.workspace, app.base_image, app)
    image = base_image_rows.for_rules(app.workspace, wanted.get("base_image", app.base_image), app)
    return now, scaling.changed(now, wanted, before, image)


def _deploy_as_standard(principal: Principal, app: App) -> None:
    """The newest source that serves or is about to, so that an upload on its way is not undone."""
    alive = app.deployments.filter(state__in=[*IN_FLIGHT, State.ACTIVE], is_draft=False)
    newest = alive.select_related("bundle").order_by("-number").first()
    if newest is None:
        App.objects.filter(pk=app.pk).update(instances=1)
    else:
        # Nobody asked for another command or other variables than it has.
        deployments.request(principal, app, bundle=newest.bundle, cause=Cause.SETTINGS, own=serving.Own.of(newest))


def start(principal: Principal, app: App) -> App:
    """Want the app running: its active deployment comes back without a build."""
    return _desire(principal, app, DesiredState.RUNNING, "started")


def stop(principal: Principal, app: App) -> App:
    """Want the app stopped: its instances drain, its address says that it is stopped."""
    return _desire(principal, app, DesiredState.STOPPED, "stopped")


def delete(principal: Principal, app: App, *, now: datetime) -> None:
    """Take the app away. Its rows and bundles stay for some days, so that ``restore`` can undo it."""
    require(principal, Permission.DELETE_APPS)
    with transaction.atomic():
        if App.objects.living().filter(pk=app.pk).update(deleted_at=now, desired_state=DesiredState.STOPPED):
            _end_in_flight(principal, app, now)
            audit.record(principal, "deleted", "app", app.name)
            queue.ring_controller()


def _end_in_flight(principal: Principal, app: App, now: datetime) -> None:
    for waiting in Deployment.objects.filter(app=app, state=State.QUEUED):
        waiting.move(State.CANCELLED, now=now, text=f"{principal} deleted the app")
    Deployment.objects.filter(app=app, state__in=UNDER_WAY).update(cancel_requested_at=now)


def restore(principal: Principal, app: App) -> App:
    """Undo ``delete``; the app comes back stopped. Raises ``Conflict`` when its name was taken meanwhile."""
    require(principal, Permission.DELETE_APPS)
    try:
        with transaction.atomic():
            if App.objects.filter(pk=app.pk, deleted_at__isnull=False).update(deleted_at=None):
                audit.record(principal, "restored", "app", app.name)
    except IntegrityError as error:
        raise Conflict(f"A new app is called {app.name!r} by now.", "Rename or delete that one first.") from error
    app.refresh_from_db()
    return app


def hand_over(principal: Principal, app: App, new_owner: User) -> App:
    """Make another member the owner. Raises ``Forbidden`` for whoever is neither owner nor admin."""
    require(principal, Permission.MANAGE_APPS)
    if principal.user.pk != app.owner_id and principal.role != Role.ADMIN:
        raise Forbidden(f"You are not the owner of {app.name!r}.", "Ask its owner, or an admin of the workspace.")
    with transaction.atomic():
        living = Membership.objects.filter(workspace=principal.workspace, deactivated_at=None, user__is_active=True)
        if not living.filter(user=new_owner).exists():
            raise NotFound("This person is not a member of the workspace.", "Choose one of its members.")
        if App.objects.visible_to(principal).filter(pk=app.pk).exclude(owner=new_owner).update(owner=new_owner):
            audit.record(principal, "handed over", "app", app.name, to=new_owner.email)
    app.refresh_from_db()
    return app


def _desire(principal: Principal, app: App, desired: DesiredState, verb: str) -> App:
    require(principal, Permission.MANAGE_APPS)
    with transaction.atomic():
        if App.objects.filter(pk=app.pk).exclude(desired_state=desired).update(desired_state=desired):
            audit.record(principal, verb, "app", app.name)
            queue.ring_controller()
    app.refresh_from_db()
    return app


def checked_access(word: Any) -> Access:
    if word not in Access.values:
        raise Invalid(f"There is no access {str(word)[:40]!r}.", f"It is one of: {', '.join(Access.values)}.")
    return Access(word)


def free_host_label(name: str, workspace: str) -> str:
    """The host label that an app of that name would get now."""
    stem = slugs.to_label(f"{name}-{workspace}")[: slugs.MAX_LABEL - 6]
    taken = set(App.objects.filter(host_label__startswith=stem).values_list("host_label", flat=True))
    taken |= set(HostAlias.objects.filter(host_label__startswith=stem).values_list("host_label", flat=True))
    return slugs.host_label(name, workspace, taken)


def _checked(fields: Mapping[str, Any]) -> dict[str, Any]:
    unknown = sorted(set(fields) - set(CHANGEABLE))
    if unknown:
        raise Invalid(f"An app has no setting {unknown[0]!r}.", f"It has: {', '.join(CHANGEABLE)}.")
    return {name: _CHECKS[name](value) for name, value in fields.items()}


def _title(value: Any) -> str:
    if not isinstance(value, str) or len(value) > 200 or "\0" in value:
        raise Invalid("The title is not a text of at most 200 characters.")
    return value.strip()


def _environment_management(value: Any) -> bool | None:
    if value is not None and not isinstance(value, bool):
        raise Invalid("environment_management is neither true, false nor null.", "null takes the site's setting.")
    return value


def _installer(value: Any) -> str:
    if value not in {"", *Installer} or not isinstance(value, str):
        raise Invalid("installer is neither uv nor pip.", "An empty text takes the workspace's choice.")
    return str(value)


_CHECKS: dict[str, Callable[[Any], Any]] = {
    "title": _title,
    "command": serving.command,
    "readiness_path": serving.readiness_path,
    "startup_s": serving.startup_s,
    "start_timeout_s": serving.start_timeout_s,
    "environment_management": _environment_management,
    "installer": _installer,
    **scaling.CHECKS,
}
