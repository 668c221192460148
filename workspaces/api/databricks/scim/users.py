"""/api/2.0/preview/scim/v2/Users, and Me: the members of the workspace."""

from django.db.models import CharField, Prefetch, QuerySet, Value
from django.db.models.functions import Coalesce, NullIf
from rest_framework.request import Request
from rest_framework.response import Response

from workspaces.api.databricks.scim import filters, lists
from workspaces.api.databricks.scim.lists import Attributes, Resource
from workspaces.api.databricks.scim.views import ScimView
from workspaces.errors import NotFound
from workspaces.models import BuiltinGroup, Group, Membership, Role, Workspace

SCHEMA = "urn:ietf:params:scim:schemas:core:2.0:User"
#: What a filter can ask about, and the column that knows.
COLUMNS = {
    "id": "user__id",
    "username": "user__email",
    "emails": "user__email",
    "emails.value": "user__email",
    "displayname": "display_name",
}
#: Older clients learn the number of their workspace from here.
WORKSPACE_HEADER = "X-Databricks-Org-Id"


class Me(ScimView):
    def get(self, request: Request) -> Response:
        row = _members(self.principal.workspace).get(user=self.principal.user)
        number = str(self.principal.workspace.pk)
        return Response(lists.attributes(request.query_params).of(_resource(row)), headers={WORKSPACE_HEADER: number})


class Users(ScimView):
    def get(self, request: Request) -> Response:
        wanted, page = lists.attributes(request.query_params), lists.window(request.query_params)
        only = filters.parse(request.query_params.get("filter", ""), COLUMNS)
        rows = _members(self.principal.workspace).filter(only.as_q(COLUMNS))
        resources = _resources(rows[page.of_rest(0)], wanted)
        return lists.answer(resources, total=rows.count(), start=page.start)


class UserDetail(ScimView):
    def get(self, request: Request, number: str) -> Response:
        rows = _members(self.principal.workspace)
        row = rows.filter(user_id=int(number)).first() if is_id(number) else None
        if row is None:
            raise NotFound(f"There is no user with the id {number[:80]!r} in this workspace.")
        return Response(lists.attributes(request.query_params).of(_resource(row)))


def is_id(text: str) -> bool:
    """Whether it can be the id of a row."""
    return text.isascii() and text.isdecimal() and len(text) <= 18


def _members(workspace: Workspace) -> QuerySet[Membership]:
    """Also those who were deactivated: their name stays on what they did."""
    own_groups = Group.objects.in_workspace(workspace).order_by("id")
    return (
        Membership.objects.filter(workspace=workspace)
        .annotate(display_name=Coalesce(NullIf("user__name", Value("")), "user__email", output_field=CharField()))
        .select_related("user")
        .prefetch_related(Prefetch("user__workspace_groups", queryset=own_groups))
        .order_by("user_id")
    )


def _resources(rows: QuerySet[Membership], wanted: Attributes) -> list[Resource]:
    return [wanted.of(_resource(row)) for row in rows]


def _resource(member: Membership) -> Resource:
    user = member.user
    given_name, _, family_name = user.name.partition(" ")
    return {
        "schemas": [SCHEMA],
        "id": str(user.pk),
        "userName": user.email,
        "displayName": str(user),
        "active": _is_active(member),
        "name": {"givenName": given_name, "familyName": family_name},
        "emails": [{"value": user.email, "type": "work", "primary": True}],
        "groups": [
            {"display": name, "type": "direct", "value": number, "$ref": f"Groups/{number}"}
            for number, name in _groups(member)
        ],
        "entitlements": [],
        "roles": [],
    }


def _groups(member: Membership) -> list[tuple[str, str]]:
    """Ids and names of the groups, built-in ones first."""
    if not _is_active(member):
        return []
    builtin = [BuiltinGroup.USERS, *([BuiltinGroup.ADMINS] if member.role == Role.ADMIN else [])]
    own = [(str(group.pk), group.name) for group in member.user.workspace_groups.all()]
    return [*((group.value, group.value) for group in builtin), *own]


def _is_active(member: Membership) -> bool:
    return member.user.is_active and member.deactivated_at is None
