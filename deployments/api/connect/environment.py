"""/__api__/v1/content/{guid}/environment: names go out, values never do."""

from uuid import UUID

from rest_framework.exceptions import ParseError
from rest_framework.request import Request
from rest_framework.response import Response

from deployments.api.connect import lookups
from deployments.models import App
from deployments.operations import env_vars
from workspaces.api.connect.views import ConnectView
from workspaces.errors import Invalid


class Environment(ConnectView):
    def get(self, request: Request, guid: UUID) -> Response:
        return self._names(lookups.content(self.principal, guid))

    def patch(self, request: Request, guid: UUID) -> Response:
        """Set variables; null removes one. The others stay."""
        app = lookups.content(self.principal, guid)
        env_vars.change(self.principal, app, _entries(request.data))
        return self._names(app)

    def put(self, request: Request, guid: UUID) -> Response:
        """These variables and no others."""
        app = lookups.content(self.principal, guid)
        entries = _entries(request.data)
        env_vars.replace(self.principal, app, {name: value for name, value in entries.items() if value is not None})
        return self._names(app)

    def _names(self, app: App) -> Response:
        return Response(sorted(row.name for row in env_vars.of(self.principal, app)))


def _entries(content: object) -> dict[str, str | None]:
    """``[{"name": "FOO", "value": "bar"}]``"""
    if not isinstance(content, list) or not all(isinstance(entry, dict) for entry in content):
        raise ParseError('The body is not a list of objects. Write each as {"name": "LOG_LEVEL", "value": "debug"}.')
    found: dict[str, str | None] = {}
    for entry in content:
        name, value = entry.get("name"), entry.get("value")
        if not isinstance(name, str) or not (value is None or isinstance(value, str)):
            raise Invalid("A variable's name is no text, or its value neither text nor null.")
        if name in found:
            raise Invalid(f"{name[:100]!r} is there twice.", "Leave one of the two out.")
        found[name] = value
    return found
