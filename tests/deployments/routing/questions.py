"""What a platform answers when the proxy asks about a visitor; the little platforms of these tests do as well."""

import secrets

#: Of the key that signs the cookies in these tests.
SEED = secrets.token_hex(32)
ENDED = "e" * 32
#: What was asked, newest last: request headers, with ``path`` and ``method``.
ASKED: list[dict[str, str]] = []


def answer(scope) -> tuple[int, list, bytes]:
    """The token slw_good and the cookie "stale" may pass, the latter with a new cookie."""
    asked = {key.decode(): value.decode("latin-1") for key, value in scope["headers"]}
    ASKED.append({"path": scope["raw_path"].decode(), "method": scope["method"], **asked})
    if asked.get("authorization") == "Bearer slw_good":
        return 200, [(b"x-forwarded-user", b"program"), (b"x-other", b"not for the app")], b""
    if asked.get("cookie") == "a=1; slipway_app=stale":
        cookie = (b"set-cookie", b"slipway_app=fresh; Path=/; HttpOnly")
        return 200, [(b"x-forwarded-user", b"person"), cookie], b""
    if asked.get("sec-fetch-mode") == "navigate":
        return 302, [(b"location", b"/.slipway/sign-in?next=%2F")], b""
    return 401, [(b"content-type", b"application/json"), (b"www-authenticate", b"Bearer")], b'{"code": "sign in"}'
