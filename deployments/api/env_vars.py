"""/api/v1/apps/{name}/env"""

from collections.abc import Iterable, Mapping
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from deployments.api import lookups
from deployments.api.serializers import Shape
from deployments.models import App, EnvVar, SecretReference
from deployments.operations import env_vars, pending_changes
from deployments.operations.env_vars import Value
from workspaces.api import fields
from workspaces.api.errors import answers
from workspaces.api.views import ApiView
from workspaces.errors import Invalid

EXAMPLE = (
    'Write each as {"name": "LOG_LEVEL", "value": "debug"} '
    'or {"name": "DB_PASSWORD", "secret": {"scope": "prod", "key": "db-password"}}.'
)


class SecretReferenceSerializer(Shape):
    scope = serializers.CharField()
    key = serializers.CharField()


class EnvVarSerializer(Shape):
    """``value`` of a plain variable, or ``secret``: where the value is read at each start. Never both."""

    name = serializers.CharField(max_length=env_vars.MAX_NAME)
    value = serializers.CharField(required=False, allow_blank=True)
    secret = SecretReferenceSerializer(required=False)


class NewEnvironmentSerializer(Shape):
    env = EnvVarSerializer(many=True)


class EnvVarChangeSerializer(EnvVarSerializer):
    value = serializers.CharField(
        required=False, allow_blank=True, allow_null=True, help_text="null removes the variable."
    )


class EnvironmentChangeSerializer(Shape):
    env = EnvVarChangeSerializer(many=True)


class AppEnvironmentSerializer(NewEnvironmentSerializer):
    needs_redeploy = serializers.BooleanField(help_text="What serves has other variables, or older values of secrets.")


class Environment(ApiView):
    @extend_schema(operation_id="get_app_environment", responses={200: AppEnvironmentSerializer, **answers(404)})
    def get(self, request: Request, name: str) -> Response:
        """The variables of an app. Those of secrets say where from, and never what."""
        return self._answer(lookups.app(self.principal, name))

    @extend_schema(
        operation_id="replace_app_environment",
        request=NewEnvironmentSerializer,
        responses={200: AppEnvironmentSerializer, **answers(400, 403, 404, 409, 413, 415)},
    )
    def put(self, request: Request, name: str) -> Response:
        """Let the app have these variables and no others, from its next deployment on."""
        app = lookups.app(self.principal, name)
        changes = _read(self.content)
        wanted = {key: value for key, value in changes.items() if value is not None}
        if len(wanted) < len(changes):
            raise Invalid("A value is null.", "Leave variables out that the app should not have.")
        env_vars.replace(self.principal, app, wanted)
        return self._answer(app)

    @extend_schema(
        operation_id="change_app_environment",
        request=EnvironmentChangeSerializer,
        responses={200: AppEnvironmentSerializer, **answers(400, 403, 404, 409, 413, 415)},
    )
    def patch(self, request: Request, name: str) -> Response:
        """Set some variables; a null value removes one. The others stay."""
        app = lookups.app(self.principal, name)
        env_vars.change(self.principal, app, _read(self.content))
        return self._answer(app)

    def _answer(self, app: App) -> Response:
        rows = env_vars.of(self.principal, app)
        return Response({"env": _written(rows), "needs_redeploy": bool(pending_changes.of(app))})


def _written(rows: Iterable[EnvVar]) -> list[dict[str, Any]]:
    return [
        {"name": row.name, "secret": {"scope": row.secret_scope, "key": row.secret_key}}
        if row.is_secret
        else {"name": row.name, "value": row.value}
        for row in rows
    ]


def _read(content: Mapping[str, Any]) -> dict[str, Value | None]:
    fields.refuse_unknown(content, {"env"})
    entries = content.get("env")
    if not isinstance(entries, list):
        raise Invalid("The field 'env' is missing or not a list.", EXAMPLE)
    found: dict[str, Value | None] = {}
    for entry in entries:
        if not isinstance(entry, dict):
            raise Invalid("An entry of 'env' is not an object.", EXAMPLE)
        fields.refuse_unknown(entry, {"name", "value", "secret"})
        name = fields.text(entry, "name")
        if name in found:
            raise Invalid(f"{name[:100]!r} is there twice.", "Leave one of the two out.")
        found[name] = _value(name, entry)
    return found


def _value(name: str, entry: Mapping[str, Any]) -> Value | None:
    if ("value" in entry) == ("secret" in entry):
        count = "both 'value' and 'secret'" if "value" in entry else "neither 'value' nor 'secret'"
        raise Invalid(f"{name[:100]!r} has {count}.", "Give exactly one of the two.")
    if "value" not in entry:
        return _reference(name, entry["secret"])
    value = entry["value"]
    if value is not None and not isinstance(value, str):
        raise Invalid(f"The value of {name[:100]!r} is not a text.", "Write numbers and true or false in quotes.")
    return value


def _reference(name: str, content: Any) -> SecretReference:
    if not isinstance(content, dict):
        raise Invalid(f"The secret of {name[:100]!r} is not an object.", EXAMPLE)
    fields.refuse_unknown(content, {"scope", "key"})
    reference = SecretReference(fields.text(content, "scope"), fields.text(content, "key"))
    if not reference.scope or not reference.key:
        raise Invalid(f"The secret of {name[:100]!r} has an empty scope or key.", EXAMPLE)
    return reference
