"""Who passes from the proxy to an app: signed cookies checked here, everything else asked of the control plane.

A visitor whose cookie is living, for this door and not on the list of those who left, passes without anybody being
asked. Whoever comes without one is asked about at the control plane, which lets them pass (with a new cookie, or for a
token), sends them to sign in, or refuses.
"""

from typing import Any

from deployments.routing.routes import Guard
from deployments.routing.settings import ProxySettings

Json = dict[str, Any]
TYPE = "type.googleapis.com/envoy.extensions.filters.http"
COOKIE_CHECK = "envoy.filters.http.jwt_authn"
ASKING = "envoy.filters.http.ext_authz"
ISSUER = "slipway"
#: Under it, on an app's own origin, lies what signs a visitor in; no app can have it.
OWN_PATH = "/.slipway/"
#: On what the control plane is asked about a visitor. Visitors cannot send it: headers.FORGEABLE_PREFIXES.
QUESTION = "x-slipway-question"
#: Who the visitor is, for the app: a claim of the cookie each, or an answer of the control plane.
IDENTITY = {"x-forwarded-user": "sub", "x-forwarded-email": "email", "x-forwarded-preferred-username": "name"}
#: What the control plane needs to know of a request, besides host, method, path and authorization.
TOLD = ("cookie", "accept", "sec-fetch-mode", "x-forwarded-for", "x-forwarded-proto", "user-agent")
#: The platform's own tokens. An app's own, sent by its own pages, are the app's.
PLATFORM_TOKEN = "(?i)(.*[ ,])?(bearer|key) +slw_.*"  # noqa: S105
#: A bad cookie is like none: the route decides what becomes of whoever shows it.
ANY = [{"provider_name": "app"}, {"allow_missing_or_failed": {}}]
#: Longer than the web process needs to restart.
ANSWER_TIMEOUT = "15s"


def filters(settings: ProxySettings, platform_cluster: str) -> list[Json]:
    """The two filters, in their order. Both run unless a route switches them off."""
    # Envoy refuses a set without a key.
    check = [{"name": COOKIE_CHECK, "typed_config": _cookie_check(settings)}] if settings.cookie_keys else []
    return [*check, {"name": ASKING, "typed_config": _asking(platform_cluster)}]


def passing(guard: Guard) -> Json:
    """The additions to a route for those whose cookie is good: they are not asked about."""
    return {
        "match": {"prefix": "/", "dynamic_metadata": _is_good(guard)},
        "request_headers_to_add": [_from_cookie(header, claim) for header, claim in IDENTITY.items()],
        "typed_per_filter_config": not_asking(),
    }


def with_token() -> Json:
    """The additions to a route for the platform's tokens, which no app may see, with a good cookie or without."""
    token = {"name": "authorization", "string_match": {"safe_regex": {"regex": PLATFORM_TOKEN}}}
    return {
        "match": {"prefix": "/", "headers": [token]},
        "request_headers_to_remove": ["authorization"],
    }


def not_asking() -> Json:
    return {ASKING: {"@type": f"{TYPE}.ext_authz.v3.ExtAuthzPerRoute", "disabled": True}}


def _cookie_check(settings: ProxySettings) -> Json:
    provider = {
        "clear_route_cache": True,
        "issuer": ISSUER,
        "local_jwks": {"inline_string": settings.cookie_keys},
        "from_cookies": [settings.cookie_name],
        "payload_in_metadata": "app",
        "require_expiration": True,
        # A server's clock agrees with itself; Envoy would grant a minute.
        "clock_skew_seconds": 1,
    }
    return {
        "@type": f"{TYPE}.jwt_authn.v3.JwtAuthentication",
        "providers": {"app": provider},
        "rules": [{"match": {"prefix": "/"}, "requires": {"requires_any": {"requirements": ANY}}}],
    }


def _asking(platform_cluster: str) -> Json:
    return {
        "@type": f"{TYPE}.ext_authz.v3.ExtAuthz",
        "http_service": {
            "server_uri": {"uri": "http://platform", "cluster": platform_cluster, "timeout": ANSWER_TIMEOUT},
            "authorization_request": {"headers_to_add": [{"key": QUESTION, "value": "1"}]},
            "authorization_response": {
                "allowed_upstream_headers": {"patterns": [{"exact": header} for header in IDENTITY]},
                "allowed_client_headers_on_success": {"patterns": [{"exact": "set-cookie"}]},
            },
        },
        "allowed_headers": {"patterns": [{"exact": header} for header in TOLD]},
        # Nobody passes because the control plane is away.
        "failure_mode_allow": False,
        "status_on_error": {"code": "ServiceUnavailable"},
    }


def _is_good(guard: Guard) -> list[Json]:
    door = {"filter": COOKIE_CHECK, "path": [{"key": "app"}, {"key": "door"}], "value": _exactly(guard.door)}
    if not guard.ended_visits:
        return [door]
    each = [_exactly(visit) for visit in guard.ended_visits]
    ended = {"or_match": {"value_matchers": each}} if len(each) > 1 else each[0]
    has_ended = {"filter": COOKIE_CHECK, "path": [{"key": "app"}, {"key": "sid"}], "value": ended, "invert": True}
    return [door, has_ended]


def _exactly(text: str) -> Json:
    return {"string_match": {"exact": text}}


def _from_cookie(header: str, claim: str) -> Json:
    value = f"%DYNAMIC_METADATA({COOKIE_CHECK}:app:{claim})%"
    return {"header": {"key": header, "value": value}, "append_action": "OVERWRITE_IF_EXISTS_OR_ADD"}
