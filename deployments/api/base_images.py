"""/api/v1/base-images"""

from django.db.models import Prefetch
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from deployments.api.apps import PAGING, as_label
from deployments.models import BaseImage, BaseImageLock, BaseImageVersion
from deployments.pipeline import platform
from workspaces.api import paging
from workspaces.api.errors import answers
from workspaces.api.paging import Next
from workspaces.api.views import ApiView
from workspaces.permissions import Permission, require


class BaseImagePackageSerializer(serializers.Serializer[dict[str, str]]):
    name = serializers.CharField()
    version = serializers.CharField(allow_null=True)


class ContentsSerializer(serializers.Serializer[BaseImageLock]):
    """What a version holds for one Python."""

    python = serializers.CharField()
    packages = BaseImagePackageSerializer(many=True)


class VersionSerializer(serializers.Serializer[BaseImageVersion]):
    """``pythons`` is empty for an image that fits every one."""

    number = serializers.IntegerField()
    published_at = serializers.DateTimeField()
    pythons = serializers.ListField(child=serializers.CharField())
    requirements = serializers.CharField()
    contents = ContentsSerializer(
        many=True, source="resolved", help_text="Of each Python that somebody needed it for so far."
    )


class BaseImageSerializer(serializers.Serializer[BaseImage]):
    name = serializers.CharField()
    summary = serializers.CharField()
    of_workspace = serializers.SerializerMethodField(help_text="It is the workspace's own, not everybody's.")
    pythons = serializers.SerializerMethodField(help_text="Installed ones that its newest version is for.")
    versions = VersionSerializer(many=True, source="published")

    def get_of_workspace(self, image: BaseImage) -> bool:
        return image.workspace_id is not None

    def get_pythons(self, image: BaseImage) -> list[str]:
        newest: BaseImageVersion = image.published[0]  # type: ignore[attr-defined]
        here = {interpreter.minor for interpreter in platform.interpreters()}
        fitting = [python for python in here if newest.exists_for(python)]
        return sorted(fitting, key=lambda python: [int(part) for part in python.split(".")])


class BaseImagePageSerializer(serializers.Serializer[dict[str, object]]):
    results = BaseImageSerializer(many=True)
    next = Next()


class BaseImages(ApiView):
    @extend_schema(
        operation_id="list_base_images", parameters=PAGING, responses={200: BaseImagePageSerializer, **answers(400)}
    )
    def get(self, request: Request) -> Response:
        """The base images that apps of the workspace can have, by name, with all that was ever published."""
        require(self.principal, Permission.VIEW_APPS)
        resolved = Prefetch("locks", BaseImageLock.objects.exclude(content=None).order_by("python"), to_attr="resolved")
        published = BaseImageVersion.objects.published().order_by("-number").prefetch_related(resolved)
        rows = BaseImage.objects.visible_to(self.principal).filter(versions__published_at__isnull=False).distinct()
        rows = rows.prefetch_related(Prefetch("versions", published, to_attr="published"))
        results, following = paging.page(request, rows, by="name", read=as_label)
        return Response({"results": [BaseImageSerializer(image).data for image in results], "next": following})
