"""Requesting, activating and cancelling deployments."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from deployments import queue
from deployments.models import App, Bundle, Cause, Deployment, DesiredState, EventKind, SecretReference, State
from deployments.models.requested_settings import RequestedSettings
from deployments.operations import base_image_rows, bundles, secret_references
from deployments.operations.serving import Own
from packagerepos.operations import rules
from workspaces import audit
from workspaces.errors import Conflict, Invalid
from workspaces.permissions import Permission, require
from workspaces.principals import Principal

#: What can be activated again: it has passed its checks once.
PROVEN = (State.READY, State.DRAINING, State.RETIRED)


def request(
    principal: Principal,
    app: App,
    *,
    bundle: Bundle,
    cause: Cause = Cause.UPLOAD,
    draft: bool = False,
    rebuild: bool = False,
    idempotency_key: str | None = None,
    source_path: str = "",
    own: Own | None = None,
) -> Deployment:
    """Ask for ``bundle`` to serve ``app``; returns at once with a QUEUED deployment.

    ``own`` goes before the app's settings, for this deployment and what goes back to it.

    A waiting older request is cancelled as superseded; one that already builds or starts is let finish first.
    The same idempotency key gives the deployment it gave the first time. Raises ``Forbidden`` and ``Invalid`` for a
    secret of the app's variables that is not there or that the principal cannot READ.
    """
    require(principal, Permission.DEPLOY)
    with transaction.atomic():
        app = locked(app)
        earlier = _earlier(app, idempotency_key)
        if earlier is not None:
            return earlier
        requested = _settings(principal, app, own)
        return _add(
            principal, app, bundle=bundle, cause=cause, is_draft=draft, rebuild=rebuild,
            idempotency_key=idempotency_key, settings=requested.to_json(), source_path=source_path,
        )  # fmt: skip


def request_trial(principal: Principal, app: App, *, bundle: Bundle, own: Own | None = None) -> Deployment:
    """Ask for a draft of ``bundle`` as if ``app`` had opted out of pre-installed libraries; the rest as ``request``."""
    require(principal, Permission.DEPLOY)
    with transaction.atomic():
        app = locked(app)
        # Never saved: the app's own row stays as it is.
        app.use_preinstalled_libraries = False
        requested = _settings(principal, app, own)
        return _add(
            principal, app, bundle=bundle, cause=Cause.TRIAL, is_draft=True, settings=requested.to_json()
        )  # fmt: skip


def activate(principal: Principal, app: App, proven: Deployment, *, idempotency_key: str | None = None) -> Deployment:
    """Let an older or a draft deployment serve again: a new one with the same bundle, lock and settings, no build.

    Raises ``Conflict`` for one that serves already or never passed its checks.
    """
    require(principal, Permission.DEPLOY)
    with transaction.atomic():
        app = locked(app)
        earlier = _earlier(app, idempotency_key)
        if earlier is not None:
            return earlier
        proven.refresh_from_db()
        if proven.state == State.ACTIVE:
            raise Conflict(
                f"Deployment {proven.number} of {app.name!r} is the active one already.", "There is nothing to do."
            )
        if proven.state not in PROVEN:
            raise Conflict(
                f"Deployment {proven.number} of {app.name!r} is {proven.state} and never passed its checks.",
                "Activate one that was active before, or deploy its source again.",
            )
        bundles.hold(proven.bundle)
        if proven.lock is None:
            # Thrown away with the source, which somebody has uploaded again since.
            raise Conflict(
                f"The lock of deployment {proven.number} of {app.name!r} is not kept any more.",
                "Deploy its source again.",
            )
        secrets = secret_references.referred_to(proven.settings, proven.launch)
        secret_references.check_again(principal, app, secrets)
        return _add(
            principal, app, bundle=proven.bundle, cause=Cause.ROLLBACK, activates=proven, lock=proven.lock,
            launch=proven.launch, settings=proven.settings, idempotency_key=idempotency_key,
        )  # fmt: skip


def cancel(principal: Principal, app: App, deployment: Deployment, *, now: datetime) -> Deployment:
    """End a deployment that is not active yet; what serves keeps serving.

    A waiting one ends at once, one that builds or starts as soon as whoever works on it notices.
    """
    require(principal, Permission.DEPLOY)
    with transaction.atomic():
        ended = deployment.state == State.QUEUED and deployment.move(
            State.CANCELLED, now=now, text=f"Cancelled by {principal}"
        )
        under_way = Deployment.objects.filter(pk=deployment.pk, state__in=[State.BUILDING, State.STARTING])
        if not ended and not under_way.update(cancel_requested_at=now):
            raise Conflict(
                f"Deployment {deployment.number} of {app.name!r} is {deployment.state}; there is nothing to cancel.",
                "To take an active deployment back, activate an older one or stop the app.",
            )
        audit.record(principal, "cancelled", "deployment", str(deployment))
        queue.ring_controller()
    deployment.refresh_from_db()
    return deployment


def _settings(principal: Principal, app: App, own: Own | None = None) -> RequestedSettings:
    """Those of ``app`` now under its ``own``, if ``principal`` may have it use the secrets that they refer to."""
    requested = RequestedSettings.of(app, base_image_rows.of_app(app), rules.in_force(app.workspace))
    requested = own.over(requested) if own else requested
    secret_references.check(principal, app, _as_refused(requested))
    return requested


def _as_refused(requested: RequestedSettings) -> dict[str, SecretReference]:
    """Its secrets by the names that a refusal calls their variables: the app has none that is carried over."""
    carried = requested.given if requested.own_from is not None else ()
    return {
        f"{name}, carried over from deployment {requested.own_from}," if name in carried else name: reference
        for name, reference in requested.secrets.items()
    }


def locked(app: App) -> App:
    """Inside a transaction: the app's row, locked, so that numbers have no gaps and requests an order.

    Raises ``Conflict`` for a deleted one.
    """
    row = App.objects.select_for_update().get(pk=app.pk)
    if row.deleted_at is not None:
        raise Conflict(f"The app {app.name!r} has been deleted.", "Restore it first.")
    return row


def _earlier(app: App, idempotency_key: str | None) -> Deployment | None:
    if idempotency_key is None:
        return None
    if not idempotency_key.isprintable() or not 1 <= len(idempotency_key) <= 200:
        raise Invalid("The Idempotency-Key is not a text of 1 to 200 printable characters.")
    return app.deployments.filter(idempotency_key=idempotency_key).first()


def _add(principal: Principal, app: App, *, bundle: Bundle, **fields: object) -> Deployment:
    bundle = bundles.hold(bundle)
    app.last_deployment_number += 1
    if not fields.get("is_draft"):
        # "Deploy" means that the result should serve, so a stopped app is wanted running again. A changed setting
        # means no such thing.
        if fields.get("cause") != Cause.SETTINGS:
            app.desired_state = DesiredState.RUNNING
        _supersede_waiting(app, by=app.last_deployment_number)
    app.save(update_fields=["last_deployment_number", "desired_state", "updated_at"])
    deployment = Deployment.objects.create(
        workspace=app.workspace,
        app=app,
        bundle=bundle,
        number=app.last_deployment_number,
        created_by=principal.user,
        created_by_name=str(principal),
        preview_label=_preview_label(app) if fields.get("is_draft") else None,
        **fields,
    )
    deployment.events.create(
        at=timezone.now(), kind=EventKind.STATE, name=State.QUEUED, text=f"Requested by {principal}"
    )
    audit.record(principal, "requested", "deployment", str(deployment), cause=deployment.cause)
    queue.ring_worker()
    return deployment


def _preview_label(app: App) -> str:
    """``hello-demo--d7``: no app's own label holds two hyphens in a row, so none can collide."""
    return f"{app.host_label[:50]}--d{app.last_deployment_number}"


def _supersede_waiting(app: App, *, by: int) -> None:
    for waiting in app.deployments.filter(state=State.QUEUED, is_draft=False):
        waiting.move(State.CANCELLED, text=f"Superseded by deployment {by}")
