"""From a draft that was looked at to what serves."""

import json

from django.db import transaction

from deployments.models import App, Bundle, Cause, Deployment, State
from deployments.models.requested_settings import RequestedSettings
from deployments.operations import base_image_rows, deployments
from packagerepos.operations import rules
from workspaces.errors import Conflict
from workspaces.principals import Principal


def promote(principal: Principal, app: App, bundle: Bundle) -> Deployment:
    """Let ``bundle`` serve: its ready draft as it was proven, without a build, or else a deployment of its own.

    A draft that was requested with other settings than the app has now proves nothing about these.
    """
    draft = Deployment.objects.visible_to(principal).filter(app=app, bundle=bundle, state=State.READY).first()
    if draft is not None and draft.settings == _settings_now(app):
        try:
            return deployments.activate(principal, app, draft)
        except Conflict:
            # A newer draft took its place meanwhile.
            pass
    is_new = not app.deployments.filter(bundle=bundle).exists()
    return deployments.request(principal, app, bundle=bundle, cause=Cause.UPLOAD if is_new else Cause.REDEPLOY)


def _settings_now(app: App) -> object:
    with transaction.atomic():
        requested = RequestedSettings.of(app, base_image_rows.of_app(app), rules.in_force(app.workspace))
    return json.loads(json.dumps(requested.to_json()))
