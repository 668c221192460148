"""/api/v1/external-packages and /api/v1/prohibited-packages"""

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from deployments.api.apps import PAGING
from deployments.api.serializers import Shape
from deployments.pipeline import external_checks
from packagerepos.models import ExternalPackage, ProhibitedPackage
from packagerepos.operations import listed_packages
from packagerepos.policy import Level
from workspaces.api import fields, paging
from workspaces.api.errors import answers
from workspaces.api.views import ApiView
from workspaces.permissions import Permission, require


class NewListedPackageSerializer(Shape):
    name = serializers.CharField(max_length=200, help_text="Without versions. Any spelling of it is the same.")
    note = serializers.CharField(max_length=listed_packages.MAX_NOTE, required=False, help_text="Why, in one line.")


class ListedPackageSerializer(Shape):
    name = serializers.CharField()
    level = serializers.ChoiceField([(level, level) for level in Level], help_text="Whose list it is on.")
    note = serializers.CharField()
    created_by = serializers.CharField(source="created_by_name")
    created_at = serializers.DateTimeField()


class NewExternalPackageSerializer(ListedPackageSerializer):
    warnings = serializers.ListField(
        child=serializers.CharField(), help_text="Which Python does not have it: builds with that one will fail."
    )


class ListedPackagePageSerializer(Shape):
    results = ListedPackageSerializer(many=True)
    next = paging.Next()


class _List(ApiView):
    kind: ClassVar[type[ExternalPackage] | type[ProhibitedPackage]]

    def page(self, request: Request) -> Response:
        require(self.principal, Permission.VIEW_APPS)
        rows: Any = self.kind.objects.visible_to(self.principal)
        results, following = paging.page(request, rows, by="id", read=int)
        return Response({"results": ListedPackageSerializer(results, many=True).data, "next": following})

    def add(self) -> dict[str, Any]:
        fields.refuse_unknown(self.content, {"name", "note"})
        note = fields.text(self.content, "note") if "note" in self.content else ""
        row = listed_packages.add(self.principal, self.kind, name=fields.text(self.content, "name"), note=note)
        return dict(ListedPackageSerializer(row).data)

    def remove(self, name: str) -> Response:
        listed_packages.remove(self.principal, listed_packages.find(self.principal, self.kind, name))
        return Response(status=204)


class ExternalPackages(_List):
    kind = ExternalPackage

    @extend_schema(
        operation_id="list_external_packages",
        parameters=PAGING,
        responses={200: ListedPackagePageSerializer, **answers(400)},
    )
    def get(self, request: Request) -> Response:
        """The packages that are not installed because the interpreters have them: the site's and the workspace's."""
        return self.page(request)

    @extend_schema(
        operation_id="add_external_package",
        request=NewListedPackageSerializer,
        responses={201: NewExternalPackageSerializer, **answers(400, 403, 409, 413, 415)},
    )
    def post(self, request: Request) -> Response:
        """Put one on the workspace's list. It is kept even where an interpreter lacks it; the answer says which."""
        added = self.add()
        return Response(added | {"warnings": external_checks.lacking([added["name"]])}, status=201)


class ExternalPackageDetail(_List):
    kind = ExternalPackage

    @extend_schema(operation_id="remove_external_package", responses={204: None, **answers(403, 404)})
    def delete(self, request: Request, name: str) -> Response:
        """Take one off the workspace's list."""
        return self.remove(name)


class ProhibitedPackages(_List):
    kind = ProhibitedPackage

    @extend_schema(
        operation_id="list_prohibited_packages",
        parameters=PAGING,
        responses={200: ListedPackagePageSerializer, **answers(400)},
    )
    def get(self, request: Request) -> Response:
        """The packages that no build may install: the site's and the workspace's."""
        return self.page(request)

    @extend_schema(
        operation_id="add_prohibited_package",
        request=NewListedPackageSerializer,
        responses={201: ListedPackageSerializer, **answers(400, 403, 409, 413, 415)},
    )
    def post(self, request: Request) -> Response:
        """Put one on the workspace's list."""
        return Response(self.add(), status=201)


class ProhibitedPackageDetail(_List):
    kind = ProhibitedPackage

    @extend_schema(operation_id="remove_prohibited_package", responses={204: None, **answers(403, 404)})
    def delete(self, request: Request, name: str) -> Response:
        """Take one off the workspace's list."""
        return self.remove(name)
