"""How members, invitations and groups look in JSON."""

from typing import Any

from rest_framework import serializers

from workspaces.api import paging
from workspaces.models import Group, Invitation, Membership, Role, User


class PersonSerializer(serializers.ModelSerializer[User]):
    class Meta:
        model = User
        fields = ("uuid", "email", "name")


class MemberSerializer(serializers.ModelSerializer[Membership]):
    uuid = serializers.UUIDField(source="user.uuid", read_only=True)
    email = serializers.EmailField(source="user.email", read_only=True)
    name = serializers.CharField(source="user.name", read_only=True)
    active = serializers.SerializerMethodField()
    joined_at = serializers.DateTimeField(source="created_at", read_only=True)
    seen_at = serializers.DateTimeField(read_only=True, allow_null=True)

    class Meta:
        model = Membership
        fields = ("uuid", "email", "name", "role", "active", "joined_at", "seen_at", "deactivated_at")

    def get_active(self, membership: Membership) -> bool:
        return membership.deactivated_at is None and membership.user.is_active


class ChangesSerializer(serializers.Serializer[Any]):
    role = serializers.ChoiceField(choices=Role.choices, required=False)
    active = serializers.BooleanField(required=False)


class InvitationSerializer(serializers.ModelSerializer[Invitation]):
    created_by = serializers.CharField(source="created_by_name", read_only=True)

    class Meta:
        model = Invitation
        fields = ("uuid", "email", "role", "created_by", "created_at", "expires_at", "requested_at")
        extra_kwargs = {
            "requested_at": {
                "help_text": "Since when somebody new, by that link, waits for a site admin; null while nobody does."
            }
        }


class InvitedSerializer(InvitationSerializer):
    url = serializers.URLField(
        allow_null=True, help_text="The link, shown this once; null when it was mailed, for the mailbox alone."
    )
    mailed = serializers.BooleanField()
    note = serializers.CharField(help_text="What became of the link, in a sentence.")

    class Meta(InvitationSerializer.Meta):
        fields = (*InvitationSerializer.Meta.fields, "url", "mailed", "note")  # type: ignore[assignment]


class NewInvitationSerializer(serializers.Serializer[Any]):
    email = serializers.EmailField()
    role = serializers.ChoiceField(choices=Role.choices, required=False, default=Role.MEMBER)


class GroupSerializer(serializers.ModelSerializer[Group]):
    members = PersonSerializer(many=True, read_only=True)

    class Meta:
        model = Group
        fields = ("uuid", "name", "created_at", "members")


class NewGroupSerializer(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=128)


class MemberPageSerializer(serializers.Serializer[Any]):
    results = MemberSerializer(many=True)
    next = paging.Next()


class InvitationPageSerializer(serializers.Serializer[Any]):
    results = InvitationSerializer(many=True)
    next = paging.Next()


class GroupPageSerializer(serializers.Serializer[Any]):
    results = GroupSerializer(many=True)
    next = paging.Next()
