"""/api/v1/environments"""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from deployments.api.apps import PAGING
from deployments.models import Environment
from deployments.operations import clearing
from workspaces.api import paging
from workspaces.api.errors import answers
from workspaces.api.paging import Next
from workspaces.api.views import ApiView
from workspaces.permissions import Permission, require


class CachedEnvironmentSerializer(serializers.Serializer[Any]):
    """An environment with its use in the workspace: of others nothing is told."""

    key = serializers.CharField()
    python = serializers.CharField(source="python_version")
    packages = serializers.IntegerField()
    size_bytes = serializers.IntegerField()
    own_bytes = serializers.IntegerField(help_text="Written for it alone.")
    shared_bytes = serializers.IntegerField(help_text="In the store of packages, which holds them once.")
    shared = serializers.SerializerMethodField(help_text="Whether every workspace may use it.")
    cleared = serializers.SerializerMethodField(help_text="What comes next makes another one.")
    apps = serializers.ListField(child=serializers.CharField(), help_text="Apps with deployments that have it.")
    running = serializers.IntegerField(help_text="Instances that run in it.")
    last_used_at = serializers.DateTimeField(source="last_used_here", allow_null=True)

    def get_shared(self, row: Environment) -> bool:
        return row.workspace_id is None

    def get_cleared(self, row: Any) -> bool:
        return row.cleared_at is not None or bool(row.is_avoided)


class CachedEnvironmentPageSerializer(serializers.Serializer[Any]):
    results = CachedEnvironmentSerializer(many=True)
    next = Next()


class ClearedSerializer(serializers.Serializer[Any]):
    cleared = serializers.IntegerField(help_text="How many environments the next deployments and starts make anew.")


class Environments(ApiView):
    @extend_schema(
        operation_id="list_environments",
        parameters=PAGING,
        responses={200: CachedEnvironmentPageSerializer, **answers(400)},
    )
    def get(self, request: Request) -> Response:
        """The environments of the workspace and the shared ones it uses, by key."""
        require(self.principal, Permission.VIEW_APPS)
        rows = clearing.listed(self.principal.workspace)
        results, following = paging.page(request, rows, by="key", read=str)
        return Response({"results": CachedEnvironmentSerializer(results, many=True).data, "next": following})

    @extend_schema(operation_id="clear_environments", responses={200: ClearedSerializer, **answers(403)})
    def delete(self, request: Request) -> Response:
        """Clear all of them, for this workspace alone: what runs goes on, apps get theirs anew. Admins only."""
        require(self.principal, Permission.MANAGE_WORKSPACE)
        return Response({"cleared": clearing.clear_all(self.principal)})


class EnvironmentDetail(ApiView):
    @extend_schema(operation_id="clear_environment", responses={204: None, **answers(403, 404)})
    def delete(self, request: Request, key: str) -> Response:
        """Clear it: what runs in it goes on, the next deployment or start makes another. Admins only."""
        require(self.principal, Permission.MANAGE_WORKSPACE)
        clearing.clear(self.principal, clearing.find(self.principal, key))
        return Response(status=204)
