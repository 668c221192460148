"""/api/2.0/groups: groups by name, as the legacy client asks for them."""

from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet
from rest_framework.request import Request
from rest_framework.response import Response

from workspaces.api.databricks import fields
from workspaces.api.databricks.errors import already_exists
from workspaces.api.databricks.views import DatabricksView
from workspaces.errors import Invalid, NotFound
from workspaces.models import BuiltinGroup, Group, Membership, Role, User, Workspace
from workspaces.operations import groups
from workspaces.principals import Principal


class CreateGroup(DatabricksView):
    def post(self, request: Request) -> Response:
        with already_exists():
            group = groups.create(self.principal, name=fields.text(self.content, "group_name"))
        return Response({"group_name": group.name})


class DeleteGroup(DatabricksView):
    def post(self, request: Request) -> Response:
        groups.delete(self.principal, _own_group(self.principal, fields.text(self.content, "group_name")))
        return Response({})


class ListGroups(DatabricksView):
    def get(self, request: Request) -> Response:
        names = Group.objects.visible_to(self.principal).order_by("name").values_list("name", flat=True)
        return Response({"group_names": [*BuiltinGroup.values, *names]})


class AddMember(DatabricksView):
    def post(self, request: Request) -> Response:
        group = _own_group(self.principal, fields.text(self.content, "parent_name"))
        groups.add_member(self.principal, group, _person(self.principal, self.content))
        return Response({})


class RemoveMember(DatabricksView):
    def post(self, request: Request) -> Response:
        group = _own_group(self.principal, fields.text(self.content, "parent_name"))
        groups.remove_member(self.principal, group, _person(self.principal, self.content))
        return Response({})


class ListMembers(DatabricksView):
    def get(self, request: Request) -> Response:
        people = _members(self.principal, fields.text(request.query_params, "group_name"))
        return Response({"members": [{"user_name": email} for email in people.values_list("email", flat=True)]})


class ListParents(DatabricksView):
    def get(self, request: Request) -> Response:
        """The groups of a person; groups are in no group."""
        principal = self.principal
        person = _person(principal, request.query_params)
        membership = Membership.objects.get(workspace=principal.workspace, user=person)
        builtin = [BuiltinGroup.ADMINS.value] if membership.role == Role.ADMIN else []
        own = Group.objects.visible_to(principal).filter(members=person).order_by("name")
        names = own.values_list("name", flat=True)
        return Response({"group_names": [*builtin, BuiltinGroup.USERS.value, *names]})


def _own_group(principal: Principal, name: str) -> Group:
    if name in BuiltinGroup.values:
        raise Invalid(
            f"The group {name!r} is built in and cannot be changed here.",
            "All members are in 'users', and all admins of the workspace in 'admins'.",
        )
    return _find(principal, name)


def _find(principal: Principal, name: str) -> Group:
    group = Group.objects.visible_to(principal).filter(name=name).first()
    if group is None:
        raise NotFound(
            f"There is no group {name[:128]!r} in this workspace.", "The list of groups shows those there are."
        )
    return group


def _members(principal: Principal, name: str) -> QuerySet[User]:
    people = _people(principal.workspace)
    if name == BuiltinGroup.ADMINS:
        return people.filter(memberships__workspace=principal.workspace, memberships__role=Role.ADMIN)
    return people if name == BuiltinGroup.USERS else people.filter(workspace_groups=_find(principal, name))


def _person(principal: Principal, data: Mapping[str, Any]) -> User:
    if data.get("group_name") is not None:
        raise Invalid("A group cannot be in a group.", "Give the user_name of a person.")
    email = fields.text(data, "user_name")
    person = _people(principal.workspace).filter(email=email.strip().lower()).first()
    if person is None:
        raise NotFound(f"There is no person {email[:254]!r} in this workspace.", "Invite them first.")
    return person


def _people(workspace: Workspace) -> QuerySet[User]:
    living = Membership.objects.filter(workspace=workspace, deactivated_at=None)
    return User.objects.filter(is_active=True, pk__in=living.values("user")).order_by("email")
