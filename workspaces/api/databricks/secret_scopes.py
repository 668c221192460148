"""/api/2.0/secrets/scopes"""

from rest_framework.request import Request
from rest_framework.response import Response

from workspaces.api.databricks import fields
from workspaces.api.databricks.errors import already_exists
from workspaces.api.databricks.views import DatabricksView
from workspaces.errors import Invalid
from workspaces.models import SecretScope
from workspaces.operations import secret_scopes

#: The only backend there is. The legacy client reads it from every scope.
BACKEND = "DATABRICKS"


class CreateScope(DatabricksView):
    def post(self, request: Request) -> Response:
        name = fields.text(self.content, "scope")
        backend = fields.optional_text(self.content, "scope_backend_type") or BACKEND
        if backend.upper() != BACKEND:
            raise Invalid(
                f"Slipway keeps secrets itself; there is no backend {backend[:80]!r}.", "Leave scope_backend_type out."
            )
        manager = fields.optional_text(self.content, "initial_manage_principal")
        with already_exists():
            secret_scopes.create(self.principal, name=name, initial_manage_principal=manager)
        return Response({})


class ListScopes(DatabricksView):
    def get(self, request: Request) -> Response:
        """All of the workspace: their names are no secret to its members, and the clients do not page."""
        names = SecretScope.objects.visible_to(self.principal).order_by("name").values_list("name", flat=True)
        return Response({"scopes": [{"name": name, "backend_type": BACKEND} for name in names]})


class DeleteScope(DatabricksView):
    def post(self, request: Request) -> Response:
        scope = secret_scopes.find(self.principal, fields.text(self.content, "scope"))
        secret_scopes.delete(self.principal, scope)
        return Response({})
