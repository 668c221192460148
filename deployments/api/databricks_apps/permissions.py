"""/api/2.0/permissions/apps/{name}: who may use an app, as ``operations.access`` keeps it.

Every member of a workspace may change its apps, so CAN_MANAGE gives nobody more than CAN_USE does here.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from deployments.api.databricks_apps import lookups
from deployments.models import Access, App
from deployments.operations import access
from deployments.operations.access import AccessList
from workspaces.api.databricks import fields
from workspaces.api.databricks.views import DatabricksView
from workspaces.errors import Invalid
from workspaces.models import BuiltinGroup
from workspaces.principals import Principal

LEVELS = {
    "CAN_USE": "Can use the app at its address.",
    "CAN_MANAGE": "Can change and deploy the app, which every member of the workspace can.",
}


@dataclass(frozen=True)
class Named:
    """Whom a list names, in its order."""

    users: tuple[str, ...] = field(default=())
    groups: tuple[str, ...] = field(default=())


class AppPermissions(DatabricksView):
    def get(self, request: Request, name: str) -> Response:
        return Response(_shape(self.principal, lookups.app(self.principal, name)))

    def put(self, request: Request, name: str) -> Response:
        """These and nobody else, besides the owner."""
        app, named = lookups.app(self.principal, name), _named(self.content)
        return Response(_put(self.principal, app, named))

    def patch(self, request: Request, name: str) -> Response:
        """These as well."""
        app, named = lookups.app(self.principal, name), _named(self.content)
        before = access.get(self.principal, app)
        if before.access is not Access.CHOSEN:
            return Response(_shape(self.principal, app))
        users = tuple(dict.fromkeys([*before.users, *named.users]))
        groups = tuple(dict.fromkeys([*before.groups, *named.groups]))
        return Response(_put(self.principal, app, Named(users, groups)))


class PermissionLevels(DatabricksView):
    def get(self, request: Request, name: str) -> Response:
        lookups.app(self.principal, name)
        levels = [{"permission_level": level, "description": text} for level, text in LEVELS.items()]
        return Response({"permission_levels": levels})


def _put(principal: Principal, app: App, named: Named) -> dict[str, Any]:
    """All members is an access of its own here; the owner needs no line."""
    users = tuple(email for email in named.users if email.lower() != app.owner.email.lower())
    word = Access.MEMBERS if BuiltinGroup.USERS.value in named.groups else Access.CHOSEN
    access.put(principal, app, access=word, users=users, groups=named.groups)
    return _shape(principal, lookups.app(principal, app.name))


def _named(content: Mapping[str, Any]) -> Named:
    entries = content.get("access_control_list") or []
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise Invalid("The field 'access_control_list' is not a list.")
    users, groups = [], []
    for entry in entries:
        if fields.text(entry, "permission_level") not in LEVELS:
            raise Invalid("There is no such permission level of an app.", f"It is one of {', '.join(LEVELS)}.")
        if (user := fields.optional_text(entry, "user_name")) is not None:
            users.append(user)
        else:
            groups.append(fields.text(entry, "group_name"))
    return Named(tuple(dict.fromkeys(users)), tuple(dict.fromkeys(groups)))


def _shape(principal: Principal, app: App) -> dict[str, Any]:
    listed = access.get(principal, app)
    manage = _level("CAN_MANAGE")
    lines = [
        {"user_name": app.owner.email, "display_name": app.owner.name, "all_permissions": [manage]},
        {"group_name": BuiltinGroup.ADMINS.value, "all_permissions": [_level("CAN_MANAGE", inherited=True)]},
        *_users(listed),
    ]
    return {"object_id": f"/apps/{app.name}", "object_type": "apps", "access_control_list": lines}


def _users(listed: AccessList) -> Iterable[dict[str, Any]]:
    if listed.access is not Access.CHOSEN:
        return [{"group_name": BuiltinGroup.USERS.value, "all_permissions": [_level("CAN_USE")]}]
    people = [{"user_name": email, "all_permissions": [_level("CAN_USE")]} for email in listed.users]
    groups = [{"group_name": name, "all_permissions": [_level("CAN_USE")]} for name in listed.groups]
    return [*people, *groups]


def _level(level: str, *, inherited: bool = False) -> dict[str, Any]:
    content: dict[str, Any] = {"permission_level": level, "inherited": inherited}
    return content | ({"inherited_from_object": ["/apps/"]} if inherited else {})
