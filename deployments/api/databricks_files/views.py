"""/api/2.0/workspace: looking at workspace files, making folders, deleting."""

from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from deployments.api.databricks_files.parsers import flag
from deployments.api.databricks_files.refusals import refusals
from deployments.api.databricks_files.shapes import object_info
from deployments.operations import workspace_files
from workspaces.api.databricks import fields
from workspaces.api.databricks.views import DatabricksView


class MakeFolder(DatabricksView):
    def post(self, request: Request) -> Response:
        with refusals():
            workspace_files.make_folder(self.principal, fields.text(self.content, "path"), now=timezone.now())
        return Response({})


class Delete(DatabricksView):
    def post(self, request: Request) -> Response:
        path = fields.text(self.content, "path")
        with refusals():
            workspace_files.delete(self.principal, path, recursive=flag(self.content, "recursive"))
        return Response({})


class ListFolder(DatabricksView):
    def get(self, request: Request) -> Response:
        path = fields.text(request.query_params, "path")
        found = workspace_files.children(self.principal, path)
        return Response({"objects": [object_info(entry, path) for entry in found]})


class GetStatus(DatabricksView):
    def get(self, request: Request) -> Response:
        path = fields.text(request.query_params, "path")
        return Response(object_info(workspace_files.find(self.principal, path), path))
