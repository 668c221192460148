"""The shapes of scopes, secrets and grants in our API."""

import base64
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from workspaces.api.paging import Next
from workspaces.models import ScopePermission, SecretScope
from workspaces.operations import secret_scopes

Shape = serializers.Serializer[Any]


class NewScopeSerializer(Shape):
    name = serializers.RegexField(
        rf"^{secret_scopes.NAME.pattern}$", help_text="Unique in the workspace; case makes no difference."
    )
    initial_manage_principal = serializers.ChoiceField(
        ["users"], required=False, help_text='"users": every member manages the scope, not only you.'
    )


class ScopeSerializer(Shape):
    """``permission`` is the most that you have; its context knows it for each scope."""

    name = serializers.CharField()
    permission = serializers.SerializerMethodField()
    created_at = serializers.DateTimeField()
    created_by = serializers.CharField(source="created_by_name")

    @extend_schema_field(serializers.ChoiceField(ScopePermission.choices, allow_null=True))
    def get_permission(self, scope: SecretScope) -> str | None:
        permission: ScopePermission | None = self.context["permissions"].get(scope.pk)
        return permission.value if permission else None


class ScopePageSerializer(Shape):
    results = ScopeSerializer(many=True)
    next = Next()


class SecretSerializer(Shape):
    key = serializers.CharField()
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    updated_by = serializers.CharField(source="updated_by_name")


class SecretPageSerializer(Shape):
    results = SecretSerializer(many=True)
    next = Next()


class NewValueSerializer(Shape):
    """Exactly one of the two, of at most 128 KiB; an empty one is a value too."""

    string_value = serializers.CharField(
        required=False, allow_blank=True, trim_whitespace=False, help_text="Kept as UTF-8."
    )
    bytes_value = serializers.CharField(required=False, allow_blank=True, help_text="Any bytes, in base64.")


class ValueSerializer(Shape):
    key = serializers.CharField()
    string_value = serializers.CharField(allow_null=True, help_text="The value as text, or null when it is not UTF-8.")
    bytes_value = serializers.CharField(help_text="The same value in base64.")

    @classmethod
    def of(cls, key: str, value: bytes) -> "ValueSerializer":
        try:
            text = value.decode()
        except UnicodeDecodeError:
            text = None
        return cls({"key": key, "string_value": text, "bytes_value": base64.b64encode(value).decode()})


class NewGrantSerializer(Shape):
    permission = serializers.ChoiceField(ScopePermission.choices)


class GrantSerializer(NewGrantSerializer):
    grantee = serializers.CharField(help_text="An e-mail, a group's name, admins, users, or the uuid of an app.")


class GrantListSerializer(Shape):
    results = GrantSerializer(many=True)
    next = Next()
