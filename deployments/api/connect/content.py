"""/__api__/v1/content"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db.models import F
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from deployments.api.connect import lookups, names, shapes
from deployments.models import App
from deployments.operations import access, apps
from workspaces.api.connect import people
from workspaces.api.connect.errors import name_taken
from workspaces.api.connect.views import ConnectView
from workspaces.errors import Conflict, Invalid
from workspaces.permissions import Permission, require

ACCESS_OF_TYPE = {word: access for access, word in shapes.ACCESS_TYPES.items()}


class Contents(ConnectView):
    def get(self, request: Request) -> Response:
        """Everything that the principal sees, in one list. With ``name`` what stands in the way of that name.

        rsconnect asks for ``my_app``, ``my_app1``, … until nothing is found.
        """
        require(self.principal, Permission.VIEW_APPS)
        rows = lookups.contents(self.principal)
        query = request.query_params
        if "name" in query:
            rows = rows.filter(name=names.app_name(query["name"]))
        if "owner_guid" in query:
            rows = rows.filter(owner__uuid=_uuid(query["owner_guid"]))
        newest = F("active_deployment__state_changed_at").desc(nulls_last=True)
        return Response([_included(app, request) for app in rows.order_by(newest, "-pk")])

    def post(self, request: Request) -> Response:
        """New content, without a bundle."""
        name = _optional_text(self.content, "name")
        fields = {"access": _access(self.content)} if "access_type" in self.content else {}
        with name_taken():
            app = apps.create(
                self.principal,
                name=names.app_name(name) if name else names.some_app_name(),
                title=_optional_text(self.content, "title") or "",
                **fields,
            )
        return Response(shapes.content(lookups.content(self.principal, app.uuid)))


class ContentDetail(ConnectView):
    def get(self, request: Request, guid: UUID) -> Response:
        require(self.principal, Permission.VIEW_APPS)
        return Response(_included(lookups.content(self.principal, guid), request))

    def patch(self, request: Request, guid: UUID) -> Response:
        """Change title or access. Answers with all of it, also when there is nothing to change."""
        app = lookups.content(self.principal, guid)
        if (name := _optional_text(self.content, "name")) and names.app_name(name) != app.name:
            raise Conflict(f"The content {app.name!r} cannot be renamed.", "Change its title, or make new content.")
        if "title" in self.content:
            apps.update(self.principal, app, title=_optional_text(self.content, "title") or "")
        if "access_type" in self.content:
            chosen = access.get(self.principal, app)
            access.put(self.principal, app, access=_access(self.content), users=chosen.users, groups=chosen.groups)
        return Response(shapes.content(lookups.content(self.principal, guid)))

    def delete(self, request: Request, guid: UUID) -> Response:
        """Can be undone in Slipway for some days."""
        apps.delete(self.principal, lookups.content(self.principal, guid), now=timezone.now())
        return Response(status=204)


def _included(app: App, request: Request) -> dict[str, Any]:
    wanted = {word.strip() for word in request.query_params.get("include", "").split(",")}
    return shapes.content(app) | ({"owner": people.owner(app.owner)} if "owner" in wanted else {})


def _access(content: Mapping[str, Any]) -> str:
    word = content["access_type"]
    if not isinstance(word, str) or word not in ACCESS_OF_TYPE:
        raise Invalid(f"There is no access_type {str(word)[:40]!r}.", f"It is one of: {', '.join(ACCESS_OF_TYPE)}.")
    return ACCESS_OF_TYPE[word]


def _optional_text(content: Mapping[str, Any], field: str) -> str | None:
    value = content.get(field)
    if value is not None and not isinstance(value, str):
        raise Invalid(f"The field {field!r} is not a text.")
    return value


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Invalid("owner_guid is no guid.") from None
