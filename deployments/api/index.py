"""/api/v1 itself, and what it consists of."""

from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from deployments.api.serializers import IndexSerializer
from workspaces.api.errors import answers
from workspaces.api.views import ApiView, ErrorsAsJson


class Index(ApiView):
    @extend_schema(operation_id="index", responses={200: IndexSerializer, **answers()})
    def get(self, request: Request) -> Response:
        """Where to go from here."""
        return Response({name: reverse(f"api:{name}", request=request) for name in ("apps", "schema")})


class Schema(ErrorsAsJson, SpectacularAPIView):
    """For everybody: it tells nothing of anyone's."""
