"""/api/v1/apps/{name}/deployments"""

from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from deployments.api import lookups, uploads
from deployments.api.apps import PAGING
from deployments.api.serializers import (
    DeployAgainSerializer,
    DeploymentPageSerializer,
    DeploymentSerializer,
    FixSerializer,
    UploadSerializer,
)
from deployments.api.uploads import Asked
from deployments.models import App, Deployment
from deployments.operations import deployments, fixes, redeploys
from workspaces.api import fields, paging
from workspaces.api.errors import answers
from workspaces.api.parsers import ARCHIVES, JsonObject
from workspaces.api.views import ApiView
from workspaces.permissions import Permission, require

IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    str,
    OpenApiParameter.HEADER,
    description="The same key gives the deployment it gave the first time.",
)
MOST_REQUIREMENTS = 50
CHOICES = [OpenApiParameter("draft", bool), OpenApiParameter("rebuild", bool)]
BODIES = {
    "multipart/form-data": UploadSerializer,
    "application/json": DeployAgainSerializer,
    **{archive.media_type: OpenApiTypes.BINARY for archive in ARCHIVES},
}


class DeploymentView(ApiView):
    """Answers with one deployment, in the shape that GET has."""

    def accepted(self, app: App, deployment: Deployment) -> Response:
        content = DeploymentSerializer(lookups.deployment(self.principal, app, deployment.number)).data
        location = f"/api/v1/apps/{app.name}/deployments/{deployment.number}"
        return Response(content, status=202, headers={"Location": location})


class Deployments(DeploymentView):
    parser_classes = (MultiPartParser, JsonObject, *ARCHIVES)

    @extend_schema(
        operation_id="list_deployments",
        parameters=PAGING,
        responses={200: DeploymentPageSerializer, **answers(400, 404)},
    )
    def get(self, request: Request, name: str) -> Response:
        """The deployments of an app, the newest first."""
        require(self.principal, Permission.VIEW_APPS)
        rows = lookups.deployments(self.principal, lookups.app(self.principal, name))
        results, following = paging.page(request, rows, by="number", read=_number, descending=True)
        return Response({"results": DeploymentSerializer(results, many=True).data, "next": following})

    @extend_schema(
        operation_id="deploy",
        parameters=[*CHOICES, IDEMPOTENCY_KEY],
        request=BODIES,
        responses={202: DeploymentSerializer, **answers(400, 403, 404, 409, 413, 415, 507)},
    )
    def post(self, request: Request, name: str) -> Response:
        """Deploy an upload, or a bundle or a deployment again. Answers at once; follow the deployment's log."""
        app = lookups.app(self.principal, name)
        asked = uploads.read(request, self.principal, app, self.content)
        deployment = self._request(app, asked, request.headers.get("Idempotency-Key"))
        return self.accepted(app, deployment)

    def _request(self, app: App, asked: Asked, key: str | None) -> Deployment:
        if isinstance(asked.what, Deployment):
            return redeploys.again(
                self.principal, app, asked.what, draft=asked.draft, rebuild=asked.rebuild, idempotency_key=key
            )  # fmt: skip
        return deployments.request(
            self.principal, app, bundle=asked.what, cause=asked.cause, draft=asked.draft, rebuild=asked.rebuild,
            idempotency_key=key,
        )  # fmt: skip


class DeploymentDetail(ApiView):
    @extend_schema(operation_id="get_deployment", responses={200: DeploymentSerializer, **answers(404)})
    def get(self, request: Request, name: str, number: int) -> Response:
        """One deployment, with its phases."""
        app = lookups.app(self.principal, name)
        return Response(DeploymentSerializer(lookups.deployment(self.principal, app, number)).data)


class ActivateDeployment(DeploymentView):
    @extend_schema(
        operation_id="activate_deployment",
        parameters=[IDEMPOTENCY_KEY],
        request=None,
        responses={202: DeploymentSerializer, **answers(400, 403, 404, 409)},
    )
    def post(self, request: Request, name: str, number: int) -> Response:
        """Roll back or forward without a build: answers with the new deployment that brings this one back."""
        app = lookups.app(self.principal, name)
        proven = lookups.deployment(self.principal, app, number)
        key = request.headers.get("Idempotency-Key")
        return self.accepted(app, deployments.activate(self.principal, app, proven, idempotency_key=key))


class FixDeployment(DeploymentView):
    @extend_schema(
        operation_id="fix_deployment",
        parameters=[IDEMPOTENCY_KEY],
        request=FixSerializer,
        responses={202: DeploymentSerializer, **answers(400, 403, 404, 409, 413, 415, 507)},
    )
    def post(self, request: Request, name: str, number: int) -> Response:
        """Deploy its source again with the packages it was found to lack, or with those that are named."""
        app = lookups.app(self.principal, name)
        deployment = lookups.deployment(self.principal, app, number)
        fields.refuse_unknown(self.content, {"requirements"})
        wanted = fields.texts(self.content, "requirements", most=MOST_REQUIREMENTS)
        key = request.headers.get("Idempotency-Key")
        fixed = fixes.fix(self.principal, app, deployment, requirements=wanted, idempotency_key=key)
        return self.accepted(app, fixed)


class CancelDeployment(DeploymentView):
    @extend_schema(
        operation_id="cancel_deployment", request=None, responses={202: DeploymentSerializer, **answers(404, 409)}
    )
    def post(self, request: Request, name: str, number: int) -> Response:
        """End a deployment that is not active yet. What serves keeps serving."""
        app = lookups.app(self.principal, name)
        deployment = lookups.deployment(self.principal, app, number)
        return self.accepted(app, deployments.cancel(self.principal, app, deployment, now=timezone.now()))


def _number(word: str) -> int:
    if len(word) > 9:
        raise ValueError(word)
    return int(word)
