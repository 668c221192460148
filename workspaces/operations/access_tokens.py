"""Making, finding and revoking the keys of programs."""

import hashlib
import secrets
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from workspaces import audit
from workspaces.errors import Invalid
from workspaces.models import AccessToken
from workspaces.permissions import Permission, require
from workspaces.principals import Principal

#: Marks a leaked token for scanners and readers of logs.
PREFIX = "slw_"
#: Last use is shown to the minute; writing it at each request would be a write per read.
LAST_USE_PRECISION = timedelta(minutes=1)


def living(principal: Principal) -> QuerySet[AccessToken]:
    """The person's own tokens in this workspace that were not revoked."""
    return AccessToken.objects.filter(workspace=principal.workspace, user=principal.user, revoked_at=None)


def create(principal: Principal, *, label: str, expires_at: datetime | None = None) -> tuple[AccessToken, str]:
    """A new token and its text, which is shown this once and never again.

    A token that ends makes only tokens that end no later: else whoever finds one could keep it for ever.
    """
    require(principal, Permission.MANAGE_TOKENS)
    if principal.token and (last := principal.token.expires_at) and (expires_at is None or expires_at > last):
        raise Invalid(
            "A token cannot make one that lives longer than itself.", f"Let it end by {last:%Y-%m-%dT%H:%M:%SZ}."
        )
    if "\0" in label:
        raise Invalid("The label holds a character that is no text.")
    if not label.strip():
        raise Invalid("A token needs a label.", "Say what uses it, for instance 'CI of the sales team'.")
    text = PREFIX + secrets.token_urlsafe(32)
    with transaction.atomic():
        token = AccessToken.objects.create(
            workspace=principal.workspace,
            user=principal.user,
            label=label.strip()[:100],
            digest=digest(text),
            expires_at=expires_at,
        )
        audit.record(principal, "created", "access token", token.label)
    return token, text


def revoke(principal: Principal, token: AccessToken, *, now: datetime) -> None:
    """End a token at once; a second time changes nothing."""
    require(principal, Permission.MANAGE_TOKENS)
    with transaction.atomic():
        if AccessToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=now):
            audit.record(principal, "revoked", "access token", token.label)


def authenticate(text: str, *, now: datetime) -> AccessToken | None:
    """The living token of that text, its last use noted; ``None`` for every other."""
    token = AccessToken.objects.select_related("user", "workspace").filter(digest=digest(text), revoked_at=None).first()
    if token is None or (token.expires_at is not None and token.expires_at <= now):
        return None
    if token.last_used_at is None or now - token.last_used_at > LAST_USE_PRECISION:
        AccessToken.objects.filter(pk=token.pk).update(last_used_at=now)
    return token


def digest(text: str) -> str:
    """A plain hash suffices: the text holds 256 random bits, so there is nothing to guess."""
    return hashlib.sha256(text.encode()).hexdigest()
