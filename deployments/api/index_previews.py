"""/api/v1/workspace/package-repositories/preview: what other package repositories would change."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from deployments.models import IndexPreview
from deployments.operations import index_previews
from packagerepos.api.repositories import FIELDS, wanted
from packagerepos.api.shapes import WantedSerializer
from workspaces.api import fields
from workspaces.api.errors import answers
from workspaces.api.views import ApiView

Shape = serializers.Serializer[Any]


class PackageChangeSerializer(Shape):
    package = serializers.CharField()
    before = serializers.CharField(help_text='"1.0 from https://pypi.org/simple"; empty for a package that is new.')
    after = serializers.CharField()


class AppPreviewSerializer(Shape):
    app = serializers.CharField()
    is_done = serializers.BooleanField()
    changes = PackageChangeSerializer(many=True)
    failure = serializers.CharField(help_text="Why it would not build any more; empty if it would.")


class IndexPreviewSerializer(Shape):
    created_at = serializers.DateTimeField()
    created_by = serializers.CharField()
    finished_at = serializers.DateTimeField(allow_null=True)
    results = AppPreviewSerializer(many=True)


def shown(preview: IndexPreview) -> dict[str, Any]:
    """A preview as JSON."""
    return {
        "created_at": preview.created_at,
        "created_by": preview.created_by_name,
        "finished_at": preview.finished_at,
        "results": [
            {
                "app": result.app.name,
                "is_done": result.done_at is not None,
                "changes": [
                    dict(zip(("package", "before", "after"), change, strict=True)) for change in result.changes
                ],
                "failure": result.failure,
            }
            for result in index_previews.results(preview)
        ],
    }


class Preview(ApiView):
    @extend_schema(
        operation_id="get_package_repositories_preview", responses={200: IndexPreviewSerializer, **answers(403, 404)}
    )
    def get(self, request: Request) -> Response:
        """The last preview; its results arrive one app after the other. For admins."""
        return Response(shown(index_previews.last(self.principal)))

    @extend_schema(
        operation_id="preview_package_repositories",
        request=WantedSerializer,
        responses={202: IndexPreviewSerializer, **answers(400, 403, 409, 413, 415)},
    )
    def post(self, request: Request) -> Response:
        """Resolve each active app's requirements with what is given. Nothing is saved, built or changed. For admins."""
        fields.refuse_unknown(self.content, FIELDS)
        preview = index_previews.request(self.principal, wanted(self.content), now=timezone.now())
        return Response(shown(preview), status=202)
