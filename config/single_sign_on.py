"""The one provider that people may sign in with, as allauth wants it told."""

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from config.env import BadSetting

#: What our addresses call it: /sign-in/with/<provider>/login.
PROVIDER = "sso"


def providers(*, server_url: str, client_id: str, secret_file: str, name: str) -> dict[str, Any]:
    """``SOCIALACCOUNT_PROVIDERS``; empty without a server. Raises ``BadSetting`` when only a part is set."""
    if not server_url:
        return {}
    if urlsplit(server_url).scheme not in {"http", "https"} or not urlsplit(server_url).hostname:
        raise BadSetting("SLIPWAY_OIDC_SERVER_URL", server_url, "it must be the provider's address, https://…")
    if not client_id:
        raise BadSetting("SLIPWAY_OIDC_CLIENT_ID", client_id, "SLIPWAY_OIDC_SERVER_URL needs it")
    app = {
        "provider_id": PROVIDER,
        "name": name,
        "client_id": client_id,
        "secret": _secret(secret_file),
        "settings": {"server_url": server_url, "oauth_pkce_enabled": True},
    }
    return {"openid_connect": {"APPS": [app]}}


def _secret(file: str) -> str:
    """The first line of that file; a public client has none."""
    if not file:
        return ""
    try:
        return Path(file).expanduser().read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not text"
        raise BadSetting("SLIPWAY_OIDC_CLIENT_SECRET_FILE", file, f"it cannot be read: {reason}") from None
