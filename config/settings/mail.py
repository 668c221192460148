"""The server that takes our mail."""

from urllib.parse import urlsplit

from config import email, env
from config.settings.places import URL

EMAIL = email.server(env.text("SLIPWAY_EMAIL_URL", ""))
HAS_EMAIL = EMAIL is not None
if EMAIL is not None:
    EMAIL_HOST, EMAIL_PORT, EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = EMAIL.host, EMAIL.port, EMAIL.user, EMAIL.password
    EMAIL_USE_TLS, EMAIL_USE_SSL = EMAIL.starts_tls, EMAIL.is_tls
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.text("SLIPWAY_EMAIL_FROM", f"slipway@{urlsplit(URL).hostname}")
