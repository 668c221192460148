"""/api/v1/packages, and what a deployment is made of."""

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from deployments.api import lookups
from deployments.api.apps import PAGING
from deployments.api.package_shapes import (
    DifferencesSerializer,
    PackagesSerializer,
    PackageUsePageSerializer,
    PackageUseSerializer,
)
from deployments.models import App, Deployment
from deployments.packages import files, inventory, locks
from deployments.venvs.inspecting import differences
from workspaces.api import fields, paging
from workspaces.api.errors import answers
from workspaces.api.views import ApiView, ErrorsAsJson
from workspaces.errors import Invalid
from workspaces.permissions import Permission, require

LONGEST_NUMBER = 999_999_999


class DeploymentPart(ApiView):
    """Something of one deployment, with its lock."""

    def found(self, name: str, number: int) -> tuple[App, Deployment]:
        require(self.principal, Permission.VIEW_APPS)
        app = lookups.app(self.principal, name)
        return app, lookups.deployment_with_lock(self.principal, app, number)


class Packages(DeploymentPart):
    @extend_schema(operation_id="list_packages", responses={200: PackagesSerializer, **answers(404, 409)})
    def get(self, request: Request, name: str, number: int) -> Response:
        """Every package of its environment, by name: what was locked, and where it came from."""
        app, deployment = self.found(name, number)
        lock = locks.of(app, deployment)
        told = {"results": lock.packages, "next": None, "notices": lock.notices, "managed": lock.is_managed}
        return Response(PackagesSerializer(told, context={"needs": locks.needs_of(deployment)}).data)


class PackageDifference(DeploymentPart):
    @extend_schema(
        operation_id="compare_packages",
        parameters=[
            OpenApiParameter("to", int, required=True, description="The number of the other deployment."),
            OpenApiParameter("app", str, description="The app that has the other deployment; this one by default."),
        ],
        responses={200: DifferencesSerializer, **answers(400, 404, 409)},
    )
    def get(self, request: Request, name: str, number: int) -> Response:
        """What changes from this deployment to another one of this app or of another. Empty: the same is installed."""
        app, before = self.found(name, number)
        fields.refuse_unknown(request.query_params, {"to", "app"})
        other = fields.whole_number(request.query_params, "to", low=1, high=LONGEST_NUMBER)
        if other is None:
            raise Invalid("There is nothing to compare with.", "Add ?to= and the number of another deployment.")
        its_app = lookups.app(self.principal, request.query_params.get("app") or name)
        after = lookups.deployment_with_lock(self.principal, its_app, other)
        found = differences.between(locks.of(app, before), locks.of(its_app, after))
        return Response(DifferencesSerializer({"results": found, "next": None}).data)


class PlainRenderer(JSONRenderer):
    """Lets content negotiation find the file, which is never rendered."""

    media_type = "text/plain"
    format = "txt"


class BillRenderer(JSONRenderer):
    media_type = "application/vnd.cyclonedx+json"
    format = "cdx"


class RequirementsLock(ErrorsAsJson, DeploymentPart):
    renderer_classes = (PlainRenderer, JSONRenderer)

    @extend_schema(
        operation_id="get_requirements_lock",
        responses={(200, "text/plain"): OpenApiTypes.STR, **answers(404, 409)},
    )
    def get(self, request: Request, name: str, number: int) -> HttpResponse:
        """Its lock as a requirements file with hashes, which pip and uv install."""
        return files.requirements_lock(*self.found(name, number))


class Sbom(ErrorsAsJson, DeploymentPart):
    renderer_classes = (BillRenderer, JSONRenderer)

    @extend_schema(
        operation_id="get_sbom",
        responses={(200, BillRenderer.media_type): OpenApiTypes.OBJECT, **answers(404, 409)},
    )
    def get(self, request: Request, name: str, number: int) -> HttpResponse:
        """Its software bill of materials, as CycloneDX."""
        return files.sbom(*self.found(name, number))


class Inventory(ApiView):
    @extend_schema(
        operation_id="find_package",
        parameters=[
            OpenApiParameter("name", str, required=True, description="A package; however it is spelt."),
            OpenApiParameter("version", str, description="Only exactly this one."),
            OpenApiParameter("serving", bool, description="Only deployments that visitors have now."),
            *PAGING,
        ],
        responses={200: PackageUsePageSerializer, **answers(400)},
    )
    def get(self, request: Request) -> Response:
        """Which apps and deployments of the workspace use a package, the newest deployment first."""
        require(self.principal, Permission.VIEW_APPS)
        query = request.query_params.dict()
        fields.refuse_unknown(query, {"name", "version", "serving", "cursor", "limit"})
        if not inventory.canonical(query.get("name", "")):
            raise Invalid("There is no name to look for.", "Add ?name= and the name of a package.")
        version = query["version"].replace("\0", "�") if "version" in query else None
        rows = inventory.uses(self.principal, query["name"], version=version, serving=fields.flag(query, "serving"))
        results, following = paging.page(request, rows, by="id", read=_as_id, descending=True)
        return Response({"results": PackageUseSerializer(results, many=True).data, "next": following})


def _as_id(word: str) -> int:
    if not (word.isascii() and word.isdecimal() and len(word) <= 18):
        raise ValueError(word)
    return int(word)
