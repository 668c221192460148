"""/__api__/v1/content/{guid}/packages and lockfile: what the active bundle is made of."""

from uuid import UUID

from django.http import HttpResponse
from rest_framework.request import Request
from rest_framework.response import Response

from deployments.api.connect import lookups
from deployments.packages import files, locks
from workspaces.api.connect.views import ConnectView
from workspaces.errors import Conflict
from workspaces.permissions import Permission, require


class Packages(ConnectView):
    def get(self, request: Request, guid: UUID) -> Response:
        """An empty list for what never served: posit-sdk stumbles over the 204 of the documentation."""
        require(self.principal, Permission.VIEW_APPS)
        app = lookups.content(self.principal, guid)
        active = app.active_deployment
        if active is None or active.lock is None:
            return Response([])
        python = active.environment.python_version if active.environment else ""
        return Response(
            [
                {
                    "language": "python",
                    "language_version": python,
                    "name": package.name,
                    "version": package.version or "",
                    "hash": next(iter(package.hashes), None),
                }
                for package in locks.of(app, active).packages
            ]
        )


class Lockfile(ConnectView):
    def get(self, request: Request, guid: UUID) -> HttpResponse:
        """Requirements with hashes. Clients make an environment of the Python that the header names."""
        require(self.principal, Permission.VIEW_APPS)
        app = lookups.content(self.principal, guid)
        active = app.active_deployment
        if active is None:
            raise Conflict(f"The content {app.name!r} has no active bundle.", "Deploy one.")
        response = files.requirements_lock(app, active)
        python = active.environment.python_version if active.environment else ""
        response["Generated-By"] = f"Slipway; python={python}"
        return response
