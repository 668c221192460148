"""/api/2.0/apps/{name}/deployments"""

import re
from collections.abc import Mapping
from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from deployments.api.databricks_apps import lookups, shapes
from deployments.api.databricks_apps.resources import variable_of
from deployments.models import App, SecretReference
from deployments.operations import deployments, source_folders
from deployments.operations.env_vars import Value
from deployments.operations.serving import Own
from workspaces.api.databricks import fields, pages
from workspaces.api.databricks.views import DatabricksView
from workspaces.errors import Invalid
from workspaces.permissions import Permission, require

MODES = ("SNAPSHOT", "AUTO_SYNC")
DURATION = re.compile(r"[0-9]{1,6}(\.[0-9]{1,9})?s", re.ASCII)


class Deployments(DatabricksView):
    def get(self, request: Request, name: str) -> Response:
        """The newest first."""
        require(self.principal, Permission.VIEW_APPS)
        app = lookups.app(self.principal, name)
        rows = lookups.deployments(self.principal, app)
        found, more = pages.page(request, rows, by="number", read=_number, descending=True)
        return Response({"app_deployments": [shapes.deployment(row) for row in found], **more})

    def post(self, request: Request, name: str) -> Response:
        """Deploy what lies in a folder now. Answers at once; one that still waits for its build gives way."""
        app = lookups.app(self.principal, name)
        _refuse_what_there_is_not(self.content)
        own = _own(self.content, app)
        bundle, path = source_folders.bundle(self.principal, _source(self.content, app))
        deployment = deployments.request(self.principal, app, bundle=bundle, source_path=path, own=own)
        return Response(shapes.deployment(lookups.deployment(self.principal, app, deployment.uuid.hex)))


class DeploymentDetail(DatabricksView):
    def get(self, request: Request, name: str, deployment_id: str) -> Response:
        require(self.principal, Permission.VIEW_APPS)
        app = lookups.app(self.principal, name)
        return Response(shapes.deployment(lookups.deployment(self.principal, app, deployment_id)))


def _source(content: Mapping[str, Any], app: App) -> str:
    """Where it was deployed from last, if nothing is said."""
    path = fields.optional_text(content, "source_code_path") or getattr(app, "newest_source_path", None)
    if not path:
        raise Invalid(
            f"Nothing says where the source of {app.name} is, and it was never deployed from a folder before.",
            "Give source_code_path, a folder of workspace files.",
        )
    return str(path)


def _refuse_what_there_is_not(content: Mapping[str, Any]) -> None:
    if content.get("git_source"):
        raise Invalid("Slipway cannot deploy from Git.", "Upload the source, and give source_code_path.")
    mode = fields.optional_text(content, "mode") or "SNAPSHOT"
    if mode not in MODES:
        raise Invalid(f"There is no mode {mode[:40]!r}.", "Say SNAPSHOT.")
    if mode == "AUTO_SYNC":
        raise Invalid("Slipway deploys a folder as it is at one moment.", "Say SNAPSHOT, and deploy again for changes.")


def _own(content: Mapping[str, Any], app: App) -> Own:
    """An empty command is none, as clients write it."""
    check = content.get("health_check") or {}
    if not isinstance(check, dict):
        raise Invalid("The field 'health_check' is not an object.")
    timeout = fields.optional_text(check, "timeout")
    return Own(
        command=content.get("command") or None,
        variables=_variables(content, app),
        readiness_path=fields.optional_text(check, "path"),
        start_timeout_s=None if timeout is None else _seconds(timeout),
    )


def _seconds(word: str) -> float:
    """Of a duration such as "90s"."""
    if not DURATION.fullmatch(word):
        raise Invalid(f"{word[:40]!r} is not a duration.", 'Write seconds, such as "90s".')
    return float(word[:-1])


def _variables(content: Mapping[str, Any], app: App) -> dict[str, Value]:
    entries = content.get("env_vars") or []
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise Invalid("The field 'env_vars' is not a list of variables.")
    return {fields.text(entry, "name"): _value(entry, app) for entry in entries}


def _value(entry: Mapping[str, Any], app: App) -> Value:
    source = fields.optional_text(entry, "value_from")
    if source is None:
        return fields.text(entry, "value")
    own = app.env_vars.filter(name__in=[source, variable_of(source)]).first()
    found = SecretReference.parse(source) if own is None else own.reference if own.is_secret else own.value
    if found is None:
        raise Invalid(
            f"The app {app.name} has no resource {source[:100]!r}.", "Give it one, or name a secret as 'scope/key'."
        )
    return found


def _number(word: str) -> int:
    if len(word) > 9:
        raise ValueError(word)
    return int(word)
