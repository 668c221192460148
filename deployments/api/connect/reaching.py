"""/content/{guid}/…: the app itself, for a client that shows its token here instead of at the app's own address.

The Connect client asks so whether what it deployed really works: only an answer of 500 and more means that it does
not. Browsers are sent to the app's own origin, since a tenant's page must never be served on the control plane's.
"""

from typing import Any
from uuid import UUID

from django.http import HttpResponseRedirect
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from deployments import probing
from deployments.api.connect import lookups
from deployments.doors import Door
from deployments.models import App, Deployment, InstanceState, State
from deployments.operations import visits
from deployments.probing import Answer
from workspaces.api import error_shapes
from workspaces.api.connect.views import ConnectView
from workspaces.errors import Forbidden, NotFound


class Reach(ConnectView):
    """With a token the app's own status, without one the way to its address."""

    permission_classes = (AllowAny,)

    def get(self, request: Request, guid: UUID, bundle_id: str | None = None, path: str = "") -> Any:
        if not request.headers.get("Authorization"):
            return _send_to_its_address(guid, path)
        app = lookups.content(self.principal, guid)
        deployment = self._deployment(app, bundle_id)
        door = Door(app, deployment if deployment and deployment.is_draft else None)
        if not visits.may_pass(self.principal, door):
            raise Forbidden(f"You may not use the app {app.name!r}.", "Its owner can let you in.")
        instance = deployment.instances.filter(state=InstanceState.HEALTHY).first() if deployment else None
        probe = probing.probe(instance.endpoint, f"/{path}", host=app.host) if instance else None
        if probe is None or probe.answer is not Answer.ANSWERED:
            return Response(error_shapes.connect(1, f"The app {app.name!r} does not answer."), status=503)
        return Response({"status": probe.status}, status=probe.status)

    def _deployment(self, app: App, bundle_id: str | None) -> Deployment | None:
        """What serves, or the newest of a bundle that could be looked at."""
        if bundle_id is None:
            return app.active_deployment
        bundle = lookups.bundle(self.principal, app, bundle_id)
        alive = Deployment.objects.filter(app=app, bundle=bundle, state__in=[State.READY, State.ACTIVE])
        return alive.order_by("-number").first()


def _send_to_its_address(guid: UUID, path: str) -> HttpResponseRedirect:
    """A guid cannot be guessed, so nobody learns more from this than whoever gave it to them knows."""
    app = App.objects.living().filter(uuid=guid).first()
    if app is None:
        raise NotFound("There is no app at this address.")
    response = HttpResponseRedirect(f"{app.url}/{path}")
    response["Cache-Control"] = "no-store"
    return response
