"""/__api__/server_settings and what lies below: which server this is, and what it can do."""

from typing import Any

from packaging.version import Version
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from deployments.pipeline import platform
from workspaces.api.connect.views import ConnectView

#: The release of Connect whose API this is: clients decide by it what they ask. No feature of theirs wants a newer one.
VERSION = "2026.06.0"


class ServerSettings(ConnectView):
    """For everybody: a client asks before it has shown who it is, and takes a 401 for "this is no Connect"."""

    authentication_classes = ()
    permission_classes = (AllowAny,)

    def get(self, request: Request) -> Response:
        return Response(
            {
                "version": VERSION,
                "about": "Slipway, which speaks the API of Posit Connect",
                "runtimes": ["python"],
                "git_enabled": False,
                "execution_type": "Local",
                "default_py_environment_management": True,
            }
        )


class PythonSettings(ConnectView):
    def get(self, request: Request) -> Response:
        """The interpreters that apps can have, the newest first."""
        versions = sorted({found.version for found in platform.interpreters()}, key=Version, reverse=True)
        return Response({"installations": [_installation(version) for version in versions], "api_enabled": True})


class OtherRuntime(ConnectView):
    """R, Quarto, Node.js."""

    def get(self, request: Request) -> Response:
        return Response({"installations": []})


def _installation(version: str) -> dict[str, Any]:
    return {"version": version, "cluster_name": "Local", "image_name": "Local", "publishable": True}
