"""/api/v1/apps/{name}/access"""

from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from deployments.api import lookups
from deployments.api.serializers import Shape
from deployments.models import Access
from deployments.operations import access as app_access
from deployments.operations.access import MAX_CHOSEN
from workspaces.api import fields
from workspaces.api.errors import answers
from workspaces.api.views import ApiView
from workspaces.errors import Invalid


class AccessListSerializer(Shape):
    """``users`` and ``groups`` are kept, and count only while ``access`` is "chosen"."""

    access = serializers.ChoiceField(Access.choices)
    users = serializers.ListField(child=serializers.EmailField(), required=False, max_length=MAX_CHOSEN)
    groups = serializers.ListField(
        child=serializers.CharField(),
        required=False,
        max_length=MAX_CHOSEN,
        help_text="Names of the workspace's groups; admins and users are built in.",
    )


class AppAccess(ApiView):
    @extend_schema(operation_id="get_app_access", responses={200: AccessListSerializer, **answers(404)})
    def get(self, request: Request, name: str) -> Response:
        """Who may use the app at its address."""
        app = lookups.app(self.principal, name)
        return Response(AccessListSerializer(app_access.get(self.principal, app)).data)

    @extend_schema(
        operation_id="replace_app_access",
        request=AccessListSerializer,
        responses={200: AccessListSerializer, **answers(400, 403, 404, 413, 415)},
    )
    def put(self, request: Request, name: str) -> Response:
        """Let these people use the app and nobody else; within 5 s. A list that is left out is empty."""
        app = lookups.app(self.principal, name)
        fields.refuse_unknown(self.content, {"access", "users", "groups"})
        new = app_access.put(
            self.principal,
            app,
            access=fields.text(self.content, "access"),
            users=_names(self.content, "users"),
            groups=_names(self.content, "groups"),
        )
        return Response(AccessListSerializer(new).data)


def _names(content: Mapping[str, Any], field: str) -> list[str]:
    names = content.get(field, [])
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise Invalid(f"The field {field!r} is not a list of texts.", f'Write it as {{"{field}": ["…"]}}.')
    return names
