"""/api/2.0/apps"""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from deployments.api.databricks_apps import lookups, shapes
from deployments.api.databricks_apps.app_fields import settings_of
from deployments.api.databricks_apps.resources import references
from deployments.models import App
from deployments.operations import apps, env_vars
from workspaces import slugs
from workspaces.api.databricks import fields, pages
from workspaces.api.databricks.errors import already_exists
from workspaces.api.databricks.views import DatabricksView
from workspaces.errors import Invalid
from workspaces.permissions import Permission, require
from workspaces.principals import Principal


class Apps(DatabricksView):
    def get(self, request: Request) -> Response:
        require(self.principal, Permission.VIEW_APPS)
        rows, more = pages.page(request, lookups.apps(self.principal), by="name", read=_label)
        return Response({"apps": [shapes.app(row) for row in rows], **more})

    def post(self, request: Request) -> Response:
        """A new app, which wants to run once there is something to run; with ``no_compute`` it is stopped."""
        name, settings = fields.text(self.content, "name"), settings_of(self.content)
        resources = references(self.content)
        with transaction.atomic():
            with already_exists(409):
                app = apps.create(self.principal, name=name, **settings)
            if resources:
                env_vars.change(self.principal, app, resources)
            if request.query_params.get("no_compute") == "true":
                apps.stop(self.principal, app)
        return Response(_told(self.principal, app))


class AppDetail(DatabricksView):
    def get(self, request: Request, name: str) -> Response:
        return Response(shapes.app(lookups.app(self.principal, name)))

    def patch(self, request: Request, name: str) -> Response:
        """Fields that are left out stay as they are: a client that knows fewer of them takes nothing away."""
        app = lookups.app(self.principal, name)
        return Response(_changed(self.principal, app, self.content))

    def delete(self, request: Request, name: str) -> Response:
        app = lookups.app(self.principal, name)
        now = timezone.now()
        apps.delete(self.principal, app, now=now)
        app.deleted_at = now
        return Response(shapes.app(app))


class UpdateApp(DatabricksView):
    """The newer way to change an app: named fields, and a state to poll. Here it is done at once."""

    def get(self, request: Request, name: str) -> Response:
        return Response(_update_of(_told(self.principal, lookups.app(self.principal, name))))

    def post(self, request: Request, name: str) -> Response:
        app, wanted = lookups.app(self.principal, name), self.content.get("app")
        mask = fields.text(self.content, "update_mask")
        if not isinstance(wanted, dict):
            raise Invalid("The field 'app' is not an app.")
        named = wanted if mask == "*" else {field: wanted.get(field) for field in mask.split(",")}
        return Response(_update_of(_changed(self.principal, app, named)))


class StartApp(DatabricksView):
    def post(self, request: Request, name: str) -> Response:
        return Response(_told(self.principal, apps.start(self.principal, lookups.app(self.principal, name))))


class StopApp(DatabricksView):
    def post(self, request: Request, name: str) -> Response:
        return Response(_told(self.principal, apps.stop(self.principal, lookups.app(self.principal, name))))


def _changed(principal: Principal, app: App, content: Mapping[str, Any]) -> dict[str, Any]:
    settings, resources = settings_of(content), references(content)
    with transaction.atomic():
        apps.update(principal, app, **settings)
        if resources:
            env_vars.change(principal, app, resources)
    return _told(principal, app)


def _told(principal: Principal, app: App) -> dict[str, Any]:
    return shapes.app(lookups.app(principal, app.name))


def _update_of(app: dict[str, Any]) -> dict[str, Any]:
    told = ("description", "compute_size", "compute_min_instances", "compute_max_instances")
    status = {"state": "SUCCEEDED", "message": "The app is as it was asked to be."}
    return {"status": status, **{name: app[name] for name in told if name in app}}


def _label(word: str) -> str:
    if not slugs.is_label(word):
        raise ValueError(word)
    return word
