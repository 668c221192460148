"""/api/v1/members, /invitations and /groups: who is in a workspace. For its admins."""

import uuid
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from workspaces.api import fields, paging
from workspaces.api.errors import answers
from workspaces.api.people_shapes import (
    ChangesSerializer,
    GroupPageSerializer,
    GroupSerializer,
    InvitationPageSerializer,
    InvitationSerializer,
    InvitedSerializer,
    MemberPageSerializer,
    MemberSerializer,
    NewGroupSerializer,
    NewInvitationSerializer,
)
from workspaces.api.secrets import PAGING
from workspaces.api.views import ApiView
from workspaces.errors import Invalid
from workspaces.inviting import invite
from workspaces.models import Group, Membership, Role
from workspaces.operations import groups, invitations, memberships
from workspaces.permissions import Permission, require


class Members(ApiView):
    @extend_schema(
        operation_id="list_members", parameters=PAGING, responses={200: MemberPageSerializer, **answers(400, 403)}
    )
    def get(self, request: Request) -> Response:
        """The members in the order they came, also deactivated ones. People join by an invitation."""
        results, following = paging.page(request, memberships.all(self.principal), by="id", read=int)
        return Response({"results": MemberSerializer(results, many=True).data, "next": following})


class MemberDetail(ApiView):
    def found(self, member: uuid.UUID) -> Membership:
        return memberships.all(self.principal).find(self.principal, user__uuid=member)

    @extend_schema(operation_id="get_member", responses={200: MemberSerializer, **answers(403, 404)})
    def get(self, request: Request, member: uuid.UUID) -> Response:
        """One member."""
        return Response(MemberSerializer(self.found(member)).data)

    @extend_schema(
        operation_id="change_member",
        request=ChangesSerializer,
        responses={200: MemberSerializer, **answers(400, 403, 404, 409, 413, 415)},
    )
    def patch(self, request: Request, member: uuid.UUID) -> Response:
        """Another role, or active or not. The last admin stays one."""
        fields.refuse_unknown(self.content, {"role", "active"})
        membership, now = self.found(member), timezone.now()
        active = self.content.get("active")
        if active not in (None, True, False):
            raise Invalid("active is neither true nor false.")
        if "role" in self.content:
            memberships.set_role(self.principal, membership, fields.text(self.content, "role"), now=now)
        if active is True:
            memberships.reactivate(self.principal, membership)
        if active is False:
            memberships.deactivate(self.principal, membership, now=now)
        return Response(MemberSerializer(self.found(member)).data)

    @extend_schema(operation_id="deactivate_member", responses={204: None, **answers(403, 404, 409)})
    def delete(self, request: Request, member: uuid.UUID) -> Response:
        """End somebody's access at once. The row stays: their name is on what they did."""
        memberships.deactivate(self.principal, self.found(member), now=timezone.now())
        return Response(status=204)


class Invitations(ApiView):
    @extend_schema(
        operation_id="list_invitations",
        parameters=PAGING,
        responses={200: InvitationPageSerializer, **answers(400, 403)},
    )
    def get(self, request: Request) -> Response:
        """The open invitations, newest first, without their links."""
        rows = invitations.open_ones(self.principal, now=timezone.now())
        results, following = paging.page(request, rows, by="id", read=int, descending=True)
        return Response({"results": InvitationSerializer(results, many=True).data, "next": following})

    @extend_schema(
        operation_id="invite",
        request=NewInvitationSerializer,
        responses={201: InvitedSerializer, **answers(400, 403, 409, 413, 415)},
    )
    def post(self, request: Request) -> Response:
        """Invite an address for 7 days. The link is mailed where mail is set up, else shown this once."""
        fields.refuse_unknown(self.content, {"email", "role"})
        role = fields.text(self.content, "role") if "role" in self.content else str(Role.MEMBER)
        email = fields.text(self.content, "email")
        invited = invite(self.principal, email=email, role=role, now=timezone.now())
        link = {"url": invited.url, "mailed": invited.url is None, "note": invited.note}
        return Response(InvitationSerializer(invited.invitation).data | link, status=201)


class InvitationDetail(ApiView):
    @extend_schema(operation_id="revoke_invitation", responses={204: None, **answers(403, 404)})
    def delete(self, request: Request, invitation: uuid.UUID) -> Response:
        """End an invitation's link at once."""
        now = timezone.now()
        row = invitations.open_ones(self.principal, now=now).find(self.principal, uuid=invitation)
        invitations.revoke(self.principal, row, now=now)
        return Response(status=204)


class GroupsView(ApiView):
    def found(self, group: uuid.UUID) -> Group:
        require(self.principal, Permission.MANAGE_GROUPS)
        return Group.objects.prefetch_related("members").find(self.principal, uuid=group)


class Groups(GroupsView):
    @extend_schema(
        operation_id="list_groups", parameters=PAGING, responses={200: GroupPageSerializer, **answers(400, 403)}
    )
    def get(self, request: Request) -> Response:
        """The workspace's own groups by name. 'admins' and 'users' are built in and not listed."""
        require(self.principal, Permission.MANAGE_GROUPS)
        rows = Group.objects.visible_to(self.principal).prefetch_related("members")
        results, following = paging.page(request, rows, by="name", read=_as_name)
        return Response({"results": GroupSerializer(results, many=True).data, "next": following})

    @extend_schema(
        operation_id="create_group",
        request=NewGroupSerializer,
        responses={201: GroupSerializer, **answers(400, 403, 409, 413, 415)},
    )
    def post(self, request: Request) -> Response:
        """A new group without members."""
        fields.refuse_unknown(self.content, {"name"})
        group = groups.create(self.principal, name=fields.text(self.content, "name"))
        return Response(GroupSerializer(group).data, status=201)


class GroupDetail(GroupsView):
    @extend_schema(operation_id="get_group", responses={200: GroupSerializer, **answers(403, 404)})
    def get(self, request: Request, group: uuid.UUID) -> Response:
        """One group with its members."""
        return Response(GroupSerializer(self.found(group)).data)

    @extend_schema(operation_id="delete_group", responses={204: None, **answers(403, 404, 409)})
    def delete(self, request: Request, group: uuid.UUID) -> Response:
        """End the group with all that was granted to it."""
        groups.delete(self.principal, self.found(group))
        return Response(status=204)


class GroupMember(GroupsView):
    @extend_schema(operation_id="add_group_member", request=None, responses={204: None, **answers(403, 404)})
    def put(self, request: Request, group: uuid.UUID, member: uuid.UUID) -> Response:
        """Put a member of the workspace into the group; a second time changes nothing."""
        row = self.found(group)
        groups.add_member(self.principal, row, self._user(member))
        return Response(status=204)

    @extend_schema(operation_id="remove_group_member", responses={204: None, **answers(403, 404)})
    def delete(self, request: Request, group: uuid.UUID, member: uuid.UUID) -> Response:
        """Take somebody out of the group; a second time changes nothing."""
        row = self.found(group)
        groups.remove_member(self.principal, row, self._user(member))
        return Response(status=204)

    def _user(self, member: uuid.UUID) -> Any:
        return Membership.objects.select_related("user").find(self.principal, user__uuid=member).user


def _as_name(text: str) -> str:
    if not text or not text.isprintable():
        raise ValueError
    return text
