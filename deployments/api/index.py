"""/api/v1 itself"""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from deployments.api.serializers import IndexSerializer
from workspaces.api.errors import answers
from workspaces.api.views import ApiView


class Index(ApiView):
    @extend_schema(operation_id="index", responses={200: IndexSerializer, **answers()})
    def get(self, request: Request) -> Response:
        """Where to go from here."""
        return Response({name: reverse(f"api:{name}", request=request) for name in ("apps", "schema")})
