"""/api/v1/tokens: the keys of one's own programs."""

import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.dateparse import parse_datetime
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from workspaces.api import fields, paging
from workspaces.api.errors import answers
from workspaces.api.secrets import PAGING
from workspaces.api.views import ApiView
from workspaces.errors import Invalid, NotFound
from workspaces.models import AccessToken
from workspaces.operations import access_tokens

DEFAULT_LIFETIME = timedelta(days=90)


class TokenSerializer(serializers.ModelSerializer[AccessToken]):
    class Meta:
        model = AccessToken
        fields = ("uuid", "label", "created_at", "expires_at", "last_used_at")


class CreatedTokenSerializer(TokenSerializer):
    token = serializers.CharField(help_text="The token itself, shown this once.")

    class Meta(TokenSerializer.Meta):
        fields = (*TokenSerializer.Meta.fields, "token")  # type: ignore[assignment]


class NewTokenSerializer(serializers.Serializer[Any]):
    label = serializers.CharField(max_length=100)  # type: ignore[assignment]
    expires_at = serializers.DateTimeField(required=False, allow_null=True, help_text="90 days by default; null: never")


class TokenPageSerializer(serializers.Serializer[Any]):
    results = TokenSerializer(many=True)
    next = paging.Next()


class Tokens(ApiView):
    @extend_schema(operation_id="list_tokens", parameters=PAGING, responses={200: TokenPageSerializer, **answers(400)})
    def get(self, request: Request) -> Response:
        """Your own living tokens in this workspace, without their texts."""
        rows = access_tokens.living(self.principal)
        results, following = paging.page(request, rows, by="id", read=int, descending=True)
        return Response({"results": TokenSerializer(results, many=True).data, "next": following})

    @extend_schema(
        operation_id="create_token",
        request=NewTokenSerializer,
        responses={201: CreatedTokenSerializer, **answers(400, 409, 413, 415)},
    )
    def post(self, request: Request) -> Response:
        """A new token that acts as you. Made by a token, it ends no later than that one."""
        fields.refuse_unknown(self.content, {"label", "expires_at"})
        now = timezone.now()
        token, text = access_tokens.create(
            self.principal, label=fields.text(self.content, "label"), expires_at=_expires_at(self.content, now)
        )
        return Response(TokenSerializer(token).data | {"token": text}, status=201)


class TokenDetail(ApiView):
    @extend_schema(operation_id="revoke_token", responses={204: None, **answers(404)})
    def delete(self, request: Request, token: uuid.UUID) -> Response:
        """End one of your tokens at once, also the one you come with."""
        row = access_tokens.living(self.principal).filter(uuid=token).first()
        if row is None:
            raise NotFound("You have no such token in this workspace.", "GET /api/v1/tokens lists those you have.")
        access_tokens.revoke(self.principal, row, now=timezone.now())
        return Response(status=204)


def _expires_at(content: Mapping[str, Any], now: datetime) -> datetime | None:
    if "expires_at" not in content:
        return now + DEFAULT_LIFETIME
    if (given := content["expires_at"]) is None:
        return None
    try:
        moment = parse_datetime(given) if isinstance(given, str) else None
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None or moment <= now:
        raise Invalid(
            "expires_at is no time in the future.",
            'Write it with its zone: "2030-01-31T12:00:00Z", or null for no end.',
        )
    return moment
