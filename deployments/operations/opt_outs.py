"""Previewing what an app would lack without its pre-installed libraries, and opting out with the lines that help."""

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from deployments import queue
from deployments.models import App, Cause, Deployment, OptOutPreview, OptOutState
from deployments.models.requested_settings import RequestedSettings
from deployments.operations import apps, base_image_rows, deployments, scaling
from deployments.operations.serving import Own
from deployments.venvs.lock import Lock
from workspaces import audit
from workspaces.errors import Conflict, NotFound
from workspaces.permissions import Permission, require
from workspaces.principals import Principal

AGAIN = "Ask for a new preview."


def request(principal: Principal, app: App, *, now: datetime) -> OptOutPreview:
    """Begin a preview for what serves now; the one under way if there is one. Nothing of the app changes.

    Raises ``Conflict`` for an app that has no choice about its libraries, or nothing active that has them.
    """
    _require(principal)
    with transaction.atomic():
        app = deployments.locked(app)
        deployment = subject(app)
        last = _rows(app).first()
        if last is not None and last.is_under_way and last.is_current:
            return last
        # Its trial, if one runs, is nobody's then, and the controller ends it.
        _rows(app).delete()
        preview = OptOutPreview.objects.create(
            workspace=app.workspace,
            app=app,
            deployment=deployment,
            created_by=principal.user,
            created_by_name=str(principal),
            created_at=now,
        )
        audit.record(principal, "previewed opting out", "app", app.name, deployment=deployment.number)
        queue.ring_opt_out_tryer()
    return preview


def last(principal: Principal, app: App) -> OptOutPreview:
    """The app's last preview, with its trial. Raises ``NotFound`` if there is none."""
    require(principal, Permission.VIEW_APPS)
    preview = _rows(app).select_related("deployment", "trial", "bundle").first()
    if preview is None:
        raise NotFound(f"No preview of opting out was made for {app.name!r}.", "Begin one.")
    # With what its state is read from.
    preview.app = app
    return preview


def subject(app: App) -> Deployment:
    """What serves, if it has pre-installed libraries that the app may opt out of. Raises ``Conflict``."""
    scaling.require_choice(
        scaling.Runtime.of(app), base_image_rows.for_rules(app.workspace, app.base_image, app)
    )  # fmt: skip
    active = app.active_deployment
    if active is None or active.lock is None:
        raise Conflict(f"{app.name!r} has no active deployment whose imports could be looked at.", "Deploy it first.")
    if not RequestedSettings.from_json(active.settings).use_preinstalled_libraries:
        raise Conflict(
            f"Deployment {active.number} of {app.name!r} runs on the clean image already.",
            "There is nothing that it has from pre-installed libraries.",
        )
    if not Lock.from_json(active.lock.content).is_managed:
        raise Conflict(
            f"No packages are installed for {app.name!r}, so no line could replace a pre-installed library.",
            "Turn its environment management on, and deploy it again.",
        )
    return active


def outdated(preview: OptOutPreview) -> str:
    """Why it says nothing about the app as it is now, as a sentence; else empty."""
    if preview.is_current:
        return ""
    active = preview.app.active_deployment
    now = f"deployment {active.number} is active now" if active is not None else "it is not active any more"
    return f"It was made for deployment {preview.deployment.number}, and {now}."


def accept(principal: Principal, app: App, *, deploy: bool, now: datetime) -> Deployment | None:
    """Opt out; the source with the proposed lines is kept as the preview's bundle, and with ``deploy`` deployed.

    What runs is left alone until then. A second call deploys what the first one did not. Raises ``Conflict`` for a
    preview that is not ready, or not for what serves now, and ``NotFound`` where there is none.
    """
    _require(principal)
    with transaction.atomic():
        app = deployments.locked(app)
        preview = last(principal, app)
        _require_ready(preview)
        if preview.accepted_at is None:
            apps.update(principal, app, use_preinstalled_libraries=False)
            preview.accepted_at = now
            preview.save(update_fields=["accepted_at"])
        return _deploy(principal, app, preview) if deploy else None


def discard(principal: Principal, app: App) -> None:
    """Forget the preview; its trial ends. Raises ``NotFound`` where there is none."""
    _require(principal)
    with transaction.atomic():
        last(principal, deployments.locked(app)).delete()
        queue.ring_controller()


def _require(principal: Principal) -> None:
    """It tells about the app's settings, and a trial is a deployment."""
    require(principal, Permission.MANAGE_APPS)
    require(principal, Permission.DEPLOY)


def _rows(app: App) -> "QuerySet[OptOutPreview]":
    return OptOutPreview.objects.filter(app=app)


def _require_ready(preview: OptOutPreview) -> None:
    if preview.state == OptOutState.FAILED:
        raise Conflict(f"The preview failed: {preview.failure_message}", preview.failure_hint or AGAIN)
    if preview.state != OptOutState.READY:
        raise Conflict("The preview is still under way.", "Wait until it is ready.")
    if sentence := outdated(preview):
        raise Conflict(f"The preview is outdated. {sentence}", AGAIN)


def _deploy(principal: Principal, app: App, preview: OptOutPreview) -> Deployment:
    if preview.bundle is None:
        raise Conflict("The source with the proposed lines is not kept any more.", AGAIN)
    adds = bool(preview.findings and preview.findings["missing"])
    return deployments.request(
        principal,
        app,
        bundle=preview.bundle,
        cause=Cause.FIX if adds else Cause.REDEPLOY,
        own=Own.of(preview.deployment),
    )
