"""/api/2.0/secrets"""

import base64
from collections.abc import Mapping
from typing import Any

from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from workspaces.api.databricks import fields
from workspaces.api.databricks.times import milliseconds
from workspaces.api.databricks.views import DatabricksView
from workspaces.errors import Invalid
from workspaces.operations import secret_scopes, secrets


class PutSecret(DatabricksView):
    def post(self, request: Request) -> Response:
        scope = secret_scopes.find(self.principal, fields.text(self.content, "scope"))
        key, value = fields.text(self.content, "key"), _value(self.content)
        secrets.put(self.principal, scope, key=key, value=value, now=timezone.now())
        return Response({})


class GetSecret(DatabricksView):
    def get(self, request: Request) -> Response:
        """In base64, whether it was put as text or as bytes."""
        scope = secret_scopes.find(self.principal, fields.text(request.query_params, "scope"))
        key = fields.text(request.query_params, "key")
        value = secrets.read(self.principal, scope, key=key)
        return Response({"key": key, "value": base64.b64encode(value).decode()})


class ListSecrets(DatabricksView):
    def get(self, request: Request) -> Response:
        scope = secret_scopes.find(self.principal, fields.text(request.query_params, "scope"))
        found = secrets.keys(self.principal, scope).values_list("key", "updated_at")
        return Response({"secrets": [{"key": key, "last_updated_timestamp": milliseconds(at)} for key, at in found]})


class DeleteSecret(DatabricksView):
    def post(self, request: Request) -> Response:
        scope = secret_scopes.find(self.principal, fields.text(self.content, "scope"))
        secrets.delete(self.principal, scope, key=fields.text(self.content, "key"))
        return Response({})


def _value(data: Mapping[str, Any]) -> bytes:
    """Exactly one of ``string_value`` and ``bytes_value``; an empty text is a value."""
    given = [name for name in ("string_value", "bytes_value") if data.get(name) is not None]
    if len(given) != 1:
        raise Invalid(f"There is {'both' if given else 'neither'}: give exactly one of string_value and bytes_value.")
    if not isinstance(data[given[0]], str):
        raise Invalid(f"The field {given[0]!r} is not a text.")
    if given == ["bytes_value"]:
        return fields.base64_bytes(data, "bytes_value")
    return str(data["string_value"]).encode()
