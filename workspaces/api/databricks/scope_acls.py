"""/api/2.0/secrets/acls"""

from collections.abc import Mapping
from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from workspaces.api.databricks import fields
from workspaces.api.databricks.views import DatabricksView
from workspaces.errors import Invalid
from workspaces.models import ScopePermission
from workspaces.operations import scope_acls, secret_scopes
from workspaces.operations.scope_acls import Grant


class PutAcl(DatabricksView):
    def post(self, request: Request) -> Response:
        scope = secret_scopes.find(self.principal, fields.text(self.content, "scope"))
        grantee = fields.text(self.content, "principal")
        scope_acls.put(self.principal, scope, grantee=grantee, permission=_permission(self.content))
        return Response({})


class GetAcl(DatabricksView):
    def get(self, request: Request) -> Response:
        scope = secret_scopes.find(self.principal, fields.text(request.query_params, "scope"))
        grantee = fields.text(request.query_params, "principal")
        return Response(_item(scope_acls.get(self.principal, scope, grantee=grantee)))


class ListAcls(DatabricksView):
    def get(self, request: Request) -> Response:
        """``items`` is what the clients read, though the documentation's example says ``acls``."""
        scope = secret_scopes.find(self.principal, fields.text(request.query_params, "scope"))
        return Response({"items": [_item(grant) for grant in scope_acls.all(self.principal, scope)]})


class DeleteAcl(DatabricksView):
    def post(self, request: Request) -> Response:
        scope = secret_scopes.find(self.principal, fields.text(self.content, "scope"))
        scope_acls.delete(self.principal, scope, grantee=fields.text(self.content, "principal"))
        return Response({})


def _permission(data: Mapping[str, Any]) -> ScopePermission:
    word = fields.text(data, "permission")
    if word not in ScopePermission.values:
        raise Invalid(f"There is no permission {word[:80]!r}.", "It is READ, WRITE or MANAGE.")
    return ScopePermission(word)


def _item(grant: Grant) -> dict[str, str]:
    return {"principal": grant.grantee, "permission": grant.permission.value}
