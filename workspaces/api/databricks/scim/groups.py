"""/api/2.0/preview/scim/v2/Groups: the built-in groups, then the workspace's own.

The built-in ones have no rows; their id is their name.
"""

from django.db.models import Prefetch, QuerySet
from rest_framework.request import Request
from rest_framework.response import Response

from workspaces.api.databricks.scim import filters, lists
from workspaces.api.databricks.scim.lists import Attributes, Resource
from workspaces.api.databricks.scim.users import is_id
from workspaces.api.databricks.scim.views import ScimView
from workspaces.errors import NotFound
from workspaces.models import BuiltinGroup, Group, Membership, Role, User, Workspace

SCHEMA = "urn:ietf:params:scim:schemas:core:2.0:Group"
#: What a filter can ask about, and the column that knows.
COLUMNS = {"id": "id", "displayname": "name"}


class Groups(ScimView):
    def get(self, request: Request) -> Response:
        workspace = self.principal.workspace
        wanted, page = lists.attributes(request.query_params), lists.window(request.query_params)
        only = filters.parse(request.query_params.get("filter", ""), COLUMNS)
        builtin = [group for group in BuiltinGroup if only.holds({"id": group.value, "displayname": group.value})]
        own = _own(workspace, wanted).filter(only.as_q(COLUMNS))
        resources = [
            *(_builtin_resource(workspace, group, wanted) for group in builtin[page.of_rest(0)]),
            *(_resource(group, wanted) for group in own[page.of_rest(len(builtin))]),
        ]
        return lists.answer(resources, total=len(builtin) + own.count(), start=page.start)


class GroupDetail(ScimView):
    def get(self, request: Request, number: str) -> Response:
        workspace, wanted = self.principal.workspace, lists.attributes(request.query_params)
        if number in BuiltinGroup.values:
            return Response(_builtin_resource(workspace, BuiltinGroup(number), wanted))
        group = _own(workspace, wanted).filter(pk=int(number)).first() if is_id(number) else None
        if group is None:
            raise NotFound(f"There is no group with the id {number[:80]!r} in this workspace.")
        return Response(_resource(group, wanted))


def _own(workspace: Workspace, wanted: Attributes) -> QuerySet[Group]:
    rows = Group.objects.in_workspace(workspace).order_by("id")
    return rows.prefetch_related(Prefetch("members", queryset=_people(workspace))) if wanted.has("members") else rows


def _people(workspace: Workspace, *roles: Role) -> QuerySet[User]:
    """Those who are members of the workspace now: a group may still hold somebody who has left."""
    living = Membership.objects.filter(workspace=workspace, deactivated_at=None, role__in=roles or Role.values)
    return User.objects.filter(is_active=True, pk__in=living.values("user")).order_by("id")


def _builtin_resource(workspace: Workspace, group: BuiltinGroup, wanted: Attributes) -> Resource:
    people = _people(workspace, Role.ADMIN) if group == BuiltinGroup.ADMINS else _people(workspace)
    return _group(group.value, group.value, list(people) if wanted.has("members") else [], wanted)


def _resource(group: Group, wanted: Attributes) -> Resource:
    return _group(str(group.pk), group.name, list(group.members.all()) if wanted.has("members") else [], wanted)


def _group(number: str, name: str, people: list[User], wanted: Attributes) -> Resource:
    return wanted.of(
        {
            "schemas": [SCHEMA],
            "id": number,
            "displayName": name,
            "members": [
                {"display": str(person), "type": "direct", "value": str(person.pk), "$ref": f"Users/{person.pk}"}
                for person in people
            ],
            "meta": {"resourceType": "WorkspaceGroup"},
            "groups": [],
            "entitlements": [],
            "roles": [],
        }
    )
