"""/api/v1/apps"""

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from deployments.api import lookups
from deployments.api.serializers import AppPageSerializer, AppSerializer, AppSettingsSerializer, NewAppSerializer
from deployments.models import App
from deployments.operations import apps
from workspaces import slugs
from workspaces.api import fields, paging
from workspaces.api.errors import answers
from workspaces.api.views import ApiView
from workspaces.permissions import Permission, require

PAGING = [OpenApiParameter("cursor", str), OpenApiParameter("limit", int, description="1 to 200; 50 by default.")]


def as_label(word: str) -> str:
    if not slugs.is_label(word):
        raise ValueError(word)
    return word


class Apps(ApiView):
    @extend_schema(operation_id="list_apps", parameters=PAGING, responses={200: AppPageSerializer, **answers(400)})
    def get(self, request: Request) -> Response:
        """The apps of the workspace, by name."""
        require(self.principal, Permission.VIEW_APPS)
        rows = App.objects.visible_to(self.principal).with_state().select_related("owner")
        results, following = paging.page(request, rows, by="name", read=as_label)
        return Response({"results": AppSerializer(results, many=True).data, "next": following})

    @extend_schema(
        operation_id="create_app",
        request=NewAppSerializer,
        responses={201: AppSerializer, **answers(400, 404, 409, 413, 415)},
    )
    def post(self, request: Request) -> Response:
        """A new, empty app."""
        fields.refuse_unknown(self.content, {"name", "access", *apps.CHANGEABLE})
        settings = {name: value for name, value in self.content.items() if name != "name"}
        app = apps.create(self.principal, name=fields.text(self.content, "name"), **settings)
        return Response(AppSerializer(app).data, status=201, headers={"Location": f"{request.path}/{app.name}"})


class AppDetail(ApiView):
    @extend_schema(operation_id="get_app", responses={200: AppSerializer, **answers(404)})
    def get(self, request: Request, name: str) -> Response:
        """One app."""
        return Response(AppSerializer(lookups.app(self.principal, name)).data)

    @extend_schema(
        operation_id="change_app",
        request=AppSettingsSerializer,
        responses={200: AppSerializer, **answers(400, 404, 409, 413, 415)},
    )
    def patch(self, request: Request, name: str) -> Response:
        """Change settings; fields left out stay. What deployments copy takes effect at the next one."""
        app = lookups.app(self.principal, name)
        fields.refuse_unknown(self.content, apps.CHANGEABLE)
        return Response(AppSerializer(apps.update(self.principal, app, **self.content)).data)

    @extend_schema(operation_id="delete_app", responses={204: None, **answers(404)})
    def delete(self, request: Request, name: str) -> Response:
        """Take the app away: its address ends at once, its instances drain. Can be undone for some days."""
        apps.delete(self.principal, lookups.app(self.principal, name), now=timezone.now())
        return Response(status=204)


class RestoreApp(ApiView):
    @extend_schema(operation_id="restore_app", request=None, responses={200: AppSerializer, **answers(404, 409)})
    def post(self, request: Request, name: str) -> Response:
        """Undo the deletion of the app that had this name last. It comes back stopped."""
        return Response(AppSerializer(apps.restore(self.principal, lookups.deleted_app(self.principal, name))).data)


class StartApp(ApiView):
    @extend_schema(operation_id="start_app", request=None, responses={202: AppSerializer, **answers(404)})
    def post(self, request: Request, name: str) -> Response:
        """Let the active deployment run again, without a build."""
        return Response(AppSerializer(apps.start(self.principal, lookups.app(self.principal, name))).data, status=202)


class StopApp(ApiView):
    @extend_schema(operation_id="stop_app", request=None, responses={202: AppSerializer, **answers(404)})
    def post(self, request: Request, name: str) -> Response:
        """Let its instances drain; its address says that it is stopped."""
        return Response(AppSerializer(apps.stop(self.principal, lookups.app(self.principal, name))).data, status=202)
