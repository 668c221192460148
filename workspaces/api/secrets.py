"""/api/v1/scopes: secret scopes, what they hold, and who may do what with it."""

import base64
import binascii
from collections.abc import Iterable, Mapping
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from workspaces.api import fields, paging
from workspaces.api.errors import answers
from workspaces.api.secret_shapes import (
    GrantListSerializer,
    GrantSerializer,
    NewGrantSerializer,
    NewScopeSerializer,
    NewValueSerializer,
    ScopePageSerializer,
    ScopeSerializer,
    SecretPageSerializer,
    SecretSerializer,
    ValueSerializer,
)
from workspaces.api.views import ApiView
from workspaces.errors import Invalid
from workspaces.models import ScopePermission, SecretScope
from workspaces.operations import scope_acls, secret_scopes, secrets

PAGING = [OpenApiParameter("cursor", str), OpenApiParameter("limit", int, description="1 to 200; 50 by default.")]
ONE_VALUE = 'Send {"string_value": "…"} for text, or {"bytes_value": "…"} with base64 for anything else.'


class ScopesView(ApiView):
    def shown(self, scopes: Iterable[SecretScope]) -> list[dict[str, Any]]:
        found = list(scopes)
        permissions = scope_acls.effective_on(self.principal, found)
        return [ScopeSerializer(scope, context={"permissions": permissions}).data for scope in found]


class Scopes(ScopesView):
    @extend_schema(operation_id="list_scopes", parameters=PAGING, responses={200: ScopePageSerializer, **answers(400)})
    def get(self, request: Request) -> Response:
        """The scopes of the workspace by name, also those whose secrets you may not read."""
        rows = SecretScope.objects.visible_to(self.principal)
        results, following = paging.page(request, rows, by="name", read=_as_scope_name)
        return Response({"results": self.shown(results), "next": following})

    @extend_schema(
        operation_id="create_scope",
        request=NewScopeSerializer,
        responses={201: ScopeSerializer, **answers(400, 409, 413, 415)},
    )
    def post(self, request: Request) -> Response:
        """A new, empty scope that you manage."""
        fields.refuse_unknown(self.content, {"name", "initial_manage_principal"})
        manager = None
        if "initial_manage_principal" in self.content:
            manager = fields.text(self.content, "initial_manage_principal")
        name = fields.text(self.content, "name")
        scope = secret_scopes.create(self.principal, name=name, initial_manage_principal=manager)
        return Response(self.shown([scope])[0], status=201, headers={"Location": f"{request.path}/{scope.name}"})


class ScopeDetail(ScopesView):
    @extend_schema(operation_id="get_scope", responses={200: ScopeSerializer, **answers(404)})
    def get(self, request: Request, name: str) -> Response:
        """One scope, with what you may do with it."""
        return Response(self.shown([secret_scopes.find(self.principal, name)])[0])

    @extend_schema(operation_id="delete_scope", responses={204: None, **answers(403, 404)})
    def delete(self, request: Request, name: str) -> Response:
        """End the scope with its secrets and grants. This cannot be undone."""
        secret_scopes.delete(self.principal, secret_scopes.find(self.principal, name))
        return Response(status=204)


class Secrets(ApiView):
    @extend_schema(
        operation_id="list_secrets", parameters=PAGING, responses={200: SecretPageSerializer, **answers(400, 403, 404)}
    )
    def get(self, request: Request, name: str) -> Response:
        """The keys of the scope with who wrote them last, without values. Takes READ."""
        rows = secrets.keys(self.principal, secret_scopes.find(self.principal, name))
        results, following = paging.page(request, rows, by="key", read=_as_key)
        return Response({"results": SecretSerializer(results, many=True).data, "next": following})


class SecretDetail(ApiView):
    @extend_schema(operation_id="get_secret", responses={200: ValueSerializer, **answers(403, 404, 409)})
    def get(self, request: Request, name: str, key: str) -> Response:
        """The value. Takes READ, and is noted in the audit."""
        value = secrets.read(self.principal, secret_scopes.find(self.principal, name), key=key)
        return Response(ValueSerializer.of(key, value).data)

    @extend_schema(
        operation_id="put_secret",
        request=NewValueSerializer,
        responses={200: SecretSerializer, **answers(400, 403, 404, 413, 415)},
    )
    def put(self, request: Request, name: str, key: str) -> Response:
        """Write the value, instead of what the key held before. Takes WRITE."""
        scope = secret_scopes.find(self.principal, name)
        secret = secrets.put(self.principal, scope, key=key, value=_value(self.content), now=timezone.now())
        return Response(SecretSerializer(secret).data)

    @extend_schema(operation_id="delete_secret", responses={204: None, **answers(403, 404)})
    def delete(self, request: Request, name: str, key: str) -> Response:
        """End the secret. Takes WRITE."""
        secrets.delete(self.principal, secret_scopes.find(self.principal, name), key=key)
        return Response(status=204)


class Grants(ApiView):
    @extend_schema(operation_id="list_scope_acls", responses={200: GrantListSerializer, **answers(403, 404)})
    def get(self, request: Request, name: str) -> Response:
        """Who was granted what, all at once. Takes MANAGE."""
        grants = scope_acls.all(self.principal, secret_scopes.find(self.principal, name))
        return Response({"results": GrantSerializer(grants, many=True).data, "next": None})


class GrantDetail(ApiView):
    @extend_schema(operation_id="get_scope_acl", responses={200: GrantSerializer, **answers(403, 404)})
    def get(self, request: Request, name: str, grantee: str) -> Response:
        """What a person, group or app was granted by name. Takes MANAGE."""
        scope = secret_scopes.find(self.principal, name)
        return Response(GrantSerializer(scope_acls.get(self.principal, scope, grantee=grantee)).data)

    @extend_schema(
        operation_id="put_scope_acl",
        request=NewGrantSerializer,
        responses={200: GrantSerializer, **answers(400, 403, 404, 409, 413, 415)},
    )
    def put(self, request: Request, name: str, grantee: str) -> Response:
        """Grant a permission, instead of any other that was granted. Takes MANAGE."""
        scope = secret_scopes.find(self.principal, name)
        fields.refuse_unknown(self.content, {"permission"})
        permission = _permission(fields.text(self.content, "permission"))
        grant = scope_acls.put(self.principal, scope, grantee=grantee, permission=permission)
        return Response(GrantSerializer(grant).data)

    @extend_schema(operation_id="delete_scope_acl", responses={204: None, **answers(403, 404, 409)})
    def delete(self, request: Request, name: str, grantee: str) -> Response:
        """Take back what was granted. Takes MANAGE; the last MANAGE stays."""
        scope_acls.delete(self.principal, secret_scopes.find(self.principal, name), grantee=grantee)
        return Response(status=204)


def _value(content: Mapping[str, Any]) -> bytes:
    fields.refuse_unknown(content, {"string_value", "bytes_value"})
    if len(content) != 1:
        raise Invalid(f"The secret has {'two values' if content else 'no value'}; it takes exactly one.", ONE_VALUE)
    if "string_value" in content:
        return fields.text(content, "string_value").encode()
    try:
        return base64.b64decode(fields.text(content, "bytes_value"), validate=True)
    except (binascii.Error, ValueError) as error:
        raise Invalid("The field 'bytes_value' is not base64.", ONE_VALUE) from error


def _permission(word: str) -> ScopePermission:
    if word not in ScopePermission.values:
        raise Invalid(f"There is no permission {word[:40]!r}.", f"Choose one of: {', '.join(ScopePermission.values)}.")
    return ScopePermission(word)


def _as_scope_name(word: str) -> str:
    if not secret_scopes.is_name(word):
        raise ValueError(word)
    return word


def _as_key(word: str) -> str:
    if not secrets.is_key(word):
        raise ValueError(word)
    return word
