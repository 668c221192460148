"""/__api__/v1/content/{guid}/deploy"""

from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from deployments.api.connect import lookups
from deployments.models import App, Bundle, Cause
from deployments.operations import deployments, drafts
from workspaces.api.connect.views import ConnectView
from workspaces.errors import Conflict, Invalid


class Deploy(ConnectView):
    def post(self, request: Request, guid: UUID) -> Response:
        """Let a bundle serve, or with ``"activate": false`` start it beside what serves; then activating is cheap."""
        app = lookups.content(self.principal, guid)
        bundle = self._bundle(app)
        activate = self.content.get("activate")
        if not (activate is None or isinstance(activate, bool)):
            raise Invalid("activate is neither true nor false.")
        if activate is False:
            deployment = deployments.request(self.principal, app, bundle=bundle, cause=Cause.UPLOAD, draft=True)
        else:
            deployment = drafts.promote(self.principal, app, bundle)
        return Response({"task_id": deployment.uuid.hex}, status=202)

    def _bundle(self, app: App) -> Bundle:
        """Without one the active bundle is meant."""
        bundle_id = self.content.get("bundle_id")
        if bundle_id is not None:
            return lookups.bundle(self.principal, app, bundle_id)
        if app.active_deployment is None:
            raise Conflict(f"The content {app.name!r} has no active bundle.", "Upload one, and name it as bundle_id.")
        return app.active_deployment.bundle
