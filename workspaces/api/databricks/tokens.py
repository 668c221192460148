"""The caller's own access tokens."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from workspaces.api.databricks import fields
from workspaces.api.databricks.times import milliseconds
from workspaces.api.databricks.views import DatabricksView
from workspaces.errors import Invalid, NotFound
from workspaces.models import AccessToken
from workspaces.operations import access_tokens
from workspaces.principals import Principal

#: As the API's documentation says of a token without a lifetime.
DEFAULT_LIFETIME_S = 2 * 365 * 24 * 3600
MAX_LIFETIME_S = 100 * 365 * 24 * 3600
#: The pages want a label; these clients may leave the comment out.
DEFAULT_COMMENT = "made by a Databricks client"


class CreateToken(DatabricksView):
    def post(self, request: Request) -> Response:
        comment = (fields.optional_text(self.content, "comment") or "").strip() or DEFAULT_COMMENT
        expires_at = _end(self.principal, self.content, now=timezone.now())
        token, text = access_tokens.create(self.principal, label=comment, expires_at=expires_at)
        return Response({"token_value": text, "token_info": _info(token)})


class ListTokens(DatabricksView):
    def get(self, request: Request) -> Response:
        """As documented: those that are valid."""
        return Response({"token_infos": [_info(token) for token in _own(self.principal, now=timezone.now())]})


class DeleteToken(DatabricksView):
    def post(self, request: Request) -> Response:
        token_id = fields.text(self.content, "token_id")
        now = timezone.now()
        access_tokens.revoke(self.principal, _find(self.principal, token_id, now=now), now=now)
        return Response({})


def _own(principal: Principal, *, now: datetime) -> QuerySet[AccessToken]:
    living = Q(expires_at=None) | Q(expires_at__gt=now)
    return AccessToken.objects.filter(
        living, workspace=principal.workspace, user=principal.user, revoked_at=None
    ).order_by("id")


def _find(principal: Principal, token_id: str, *, now: datetime) -> AccessToken:
    try:
        token = _own(principal, now=now).filter(uuid=UUID(token_id)).first()
    except ValueError:
        token = None
    if token is None:
        raise NotFound(f"You have no token {token_id[:80]!r} in this workspace.", "The list of tokens shows their ids.")
    return token


def _end(principal: Principal, data: Mapping[str, Any], *, now: datetime) -> datetime:
    """After ``lifetime_seconds``; else after two years, or with the caller's own token if that ends before."""
    if data.get("lifetime_seconds") is not None:
        return now + timedelta(seconds=_lifetime_s(data["lifetime_seconds"]))
    own_end = principal.token.expires_at if principal.token else None
    usual_end = now + timedelta(seconds=DEFAULT_LIFETIME_S)
    return min(usual_end, own_end) if own_end else usual_end


def _lifetime_s(value: object) -> int:
    """A number or its digits: the legacy client passes on what was typed."""
    is_number = isinstance(value, int | str) and not isinstance(value, bool)
    digits = str(value) if is_number else ""
    if not (digits.isascii() and digits.isdecimal() and len(digits) <= 10 and 0 < int(digits) <= MAX_LIFETIME_S):
        raise Invalid("lifetime_seconds is not a whole number of seconds from 1 to 100 years.")
    return int(digits)


def _info(token: AccessToken) -> dict[str, object]:
    return {
        "token_id": str(token.uuid),
        "creation_time": milliseconds(token.created_at),
        "expiry_time": milliseconds(token.expires_at) if token.expires_at else -1,
        "comment": token.label,
    }
