"""Which request headers the proxy takes away from visitors, and which it sets itself."""

from typing import Any

TYPE = "type.googleapis.com/envoy"
#: Who the visitor is or where the request came from: apps believe these, so only the proxy may set them.
FORGEABLE = (
    "x-forwarded-user", "x-forwarded-email", "x-forwarded-preferred-username", "x-forwarded-access-token",
    "x-forwarded-groups", "x-forwarded-host", "x-forwarded-port", "x-forwarded-prefix", "x-forwarded-scheme",
    "x-forwarded-ssl", "x-forwarded-server", "x-forwarded-client-cert", "forwarded", "x-real-ip", "x-client-ip",
    "x-cluster-client-ip", "true-client-ip", "x-original-host", "x-original-url", "x-rewrite-url", "x-remote-user",
    "remote-user", "x-script-name", "proxy", "x-request-id",
)  # fmt: skip
#: Believed when a proxy before this one set them.
FROM_TRUSTED_PROXIES = ("x-forwarded-for", "x-forwarded-proto")
FORGEABLE_PREFIXES = ("x-slipway-", "x-envoy-", "rstudio-connect-", "posit-connect-")


def early_mutation(trusted_proxies: int) -> dict[str, Any]:
    """The extension that removes forgeries before Envoy reads or sets anything."""
    names = FORGEABLE if trusted_proxies else FORGEABLE + FROM_TRUSTED_PROXIES
    by_prefix = [{"remove_on_match": {"key_matcher": {"prefix": p, "ignore_case": True}}} for p in FORGEABLE_PREFIXES]
    return {
        "name": "envoy.http.early_header_mutation.header_mutation",
        "typed_config": {
            "@type": f"{TYPE}.extensions.http.early_header_mutation.header_mutation.v3.HeaderMutation",
            "mutations": [*({"remove": name} for name in names), *by_prefix],
        },
    }


def set_by_proxy(trusted_proxies: int) -> list[dict[str, Any]]:
    """What every upstream is told besides X-Forwarded-Proto and X-Request-Id, which Envoy sets by itself."""
    visitor = "%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%"
    values = {"x-forwarded-host": "%REQ(:AUTHORITY)%", "x-real-ip": visitor}
    if not trusted_proxies:
        values["x-forwarded-for"] = visitor
    return [
        {"header": {"key": key, "value": value}, "append_action": "OVERWRITE_IF_EXISTS_OR_ADD"}
        for key, value in values.items()
    ]


#: Envoy adds these itself, about where it takes the client to be; X-Real-Ip says it in the field's words.
REMOVED_BEFORE_UPSTREAM = ("x-envoy-external-address", "x-envoy-internal")
