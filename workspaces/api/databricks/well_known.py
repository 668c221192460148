"""What a client asks first, before it has shown who it is."""

from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from workspaces.api.databricks.views import DatabricksView


class HostMetadata(DatabricksView):
    """``{"oidc_endpoint": "https://slipway.example.org/oidc"}``.

    One host serves all workspaces, and only the token says which is meant: there is no ``workspace_id`` to tell, so
    clients learn it from their first request (``X-Databricks-Org-Id`` of Me). Without an ``oidc_endpoint``
    those that want OAuth would stop at "Invalid URL 'None'"; there they read what helps.
    """

    authentication_classes = ()
    permission_classes = (AllowAny,)

    def get(self, request: Request) -> Response:
        return Response({"oidc_endpoint": request.build_absolute_uri("/oidc")})

    def _refuse_another_workspace(self) -> None:
        """Whoever asks has not said who they are."""
