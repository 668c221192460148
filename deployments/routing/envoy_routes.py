"""Where Envoy sends requests: clusters and the route table, as data."""

import re
from collections import Counter
from collections.abc import Collection, Iterable
from typing import Any

from deployments.routing import affinity, guards, headers
from deployments.routing.documents import document
from deployments.routing.replies import PLATFORM_ROUTE
from deployments.routing.routes import Guard, Route, Routes, TokenRoute, Upstream
from deployments.routing.settings import ProxySettings

Json = dict[str, Any]
TYPE = "type.googleapis.com/envoy"
ROUTE_TABLE = "slipway"
COOKIE_FILTER = "envoy.filters.http.lua"
#: No upstream can have this name: theirs begin with a letter or a digit.
PLATFORM_CLUSTER = "_platform"
UPSTREAM_NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_-]{0,99}")
HOST = re.compile(r"(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*")
TOKEN_PREFIX = re.compile(r"(?:/[a-z0-9_-]+)+/")
ENDPOINT = re.compile(
    r"\[(?P<v6>[0-9a-f:]+)\]:(?P<v6_port>\d{1,5})|(?P<v4>[0-9.]+):(?P<v4_port>\d{1,5})|unix:(?P<pipe>/.+)"
)
CONNECT_TIMEOUT = "2s"
#: Shorter than the keep-alive of the servers apps use (gunicorn 2 s, uvicorn 5 s): a request sent on a connection
#: that its server closes in the same moment fails, and cannot be repeated safely.
IDLE_UPSTREAM_CONNECTION = "1.5s"
#: Far above what one instance serves; Envoy's own 1024 connections and 3 retries would cut off many WebSockets.
CIRCUIT_BREAKERS = {
    "thresholds": [{"max_connections": 8192, "max_pending_requests": 8192, "max_requests": 8192, "max_retries": 512}]
}


class BadRoutes(ValueError):
    """A host, name or endpoint that must not get into the proxy's files; the text names it."""


def cds(settings: ProxySettings, upstreams: Iterable[Upstream]) -> Json:
    """The discovery document of the clusters: one per upstream, and the platform's. Raises ``BadRoutes``."""
    listed = sorted(upstreams)
    _refuse_repeated("upstream", (upstream.name for upstream in listed))
    platform = _cluster(PLATFORM_CLUSTER, (f"unix:{settings.platform_socket}",))
    return document([platform, *(_app_cluster(upstream) for upstream in listed)])


def rds(settings: ProxySettings, routes: Routes) -> Json:
    """The discovery document of the route table. Raises ``BadRoutes``."""
    listed = sorted(routes.routes, key=lambda route: (route.host, route.upstream))
    _refuse_repeated("host", (route.host for route in listed))
    endpoints = {upstream.name: upstream.endpoints for upstream in routes.upstreams}
    for route in listed:
        _check(route, settings, endpoints.keys())
    # The longer of two prefixes is asked first: a bundle of an app before the app.
    by_token = sorted(routes.token_routes, key=lambda route: (-len(route.prefix), route))
    _refuse_repeated("prefix", (route.prefix for route in by_token))
    for token_route in by_token:
        _check_by_token(token_route, settings, endpoints.keys())
    return document(
        [
            {
                "@type": f"{TYPE}.config.route.v3.RouteConfiguration",
                "name": ROUTE_TABLE,
                "ignore_port_in_host_matching": True,
                "virtual_hosts": [
                    *(_app_host(settings, route, len(endpoints[route.upstream])) for route in listed),
                    _platform_host(by_token),
                ],
                "request_headers_to_add": headers.set_by_proxy(settings.trusted_proxies),
                "request_headers_to_remove": list(headers.REMOVED_BEFORE_UPSTREAM),
            }
        ]
    )


def clusters_led_to(route_table: Json) -> set[str]:
    """The names of the clusters in a document made by ``rds``."""
    hosts = (host for table in route_table["resources"] for host in table["virtual_hosts"])
    return {route["route"]["cluster"] for host in hosts for route in host["routes"]}


def _app_host(settings: ProxySettings, route: Route, instances: int) -> Json:
    to_app = _everything("app", route.upstream, _app_retries())
    staying = affinity.of_route(instances, is_https=settings.is_https)
    routes = [_with(staying, entry, route.upstream) for entry in _guarded(to_app, route.guard)]
    return {"name": route.host, "domains": [route.host], "routes": routes}


def _with(filters: Json, entry: Json, upstream: str) -> Json:
    """Only what leads to the app: the platform's own answers name no instance."""
    if entry["route"]["cluster"] != upstream:
        return entry
    return entry | {"typed_per_filter_config": entry.get("typed_per_filter_config", {}) | filters}


def _guarded(to_app: Json, guard: Guard | None) -> list[Json]:
    """The first that matches counts; the last asks about whoever has come so far."""
    if guard is None:
        return [to_app | {"typed_per_filter_config": guards.not_asking()}]
    own = _to_platform({"prefix": guards.OWN_PATH})
    return [own, to_app | guards.with_token(), to_app | guards.passing(guard), to_app]


def _platform_host(by_token: Iterable[TokenRoute]) -> Json:
    routes = [*map(_by_token, by_token), _to_platform({"prefix": "/"})]
    return {"name": PLATFORM_ROUTE, "domains": ["*"], "routes": routes}


def _by_token(route: TokenRoute) -> Json:
    """The control plane is asked about whoever shows a token, as at the app's own host."""
    entry = _everything("token", route.upstream, _app_retries())
    guarded = guards.with_token()
    action = entry["route"] | {"prefix_rewrite": "/", "host_rewrite_literal": route.host}
    return entry | guarded | {"match": guarded["match"] | {"prefix": route.prefix}, "route": action}


def _to_platform(match: Json) -> Json:
    # Filters run unless they are switched off: a route that forgets to is a safe one.
    no_cookie_filter = {
        COOKIE_FILTER: {"@type": f"{TYPE}.extensions.filters.http.lua.v3.LuaPerRoute", "disabled": True}
    }
    everything = _everything(PLATFORM_ROUTE, PLATFORM_CLUSTER, _platform_retries())
    return everything | {"match": match, "typed_per_filter_config": no_cookie_filter | guards.not_asking()}


def _everything(name: str, cluster: str, retry_policy: Json) -> Json:
    # Without "0s" Envoy answers 504 after 15 s, in the middle of an upload or an event stream.
    action = {"cluster": cluster, "timeout": "0s", "retry_policy": retry_policy}
    return {"name": name, "match": {"prefix": "/"}, "route": action}


def _app_retries() -> Json:
    """Repeat only what no app has seen: each of these ends before the request was sent, so a POST is safe too."""
    previous_hosts = f"{TYPE}.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate"
    return {
        "retry_on": "connect-failure,refused-stream,reset-before-request",
        "num_retries": 3,
        "retry_host_predicate": [
            {"name": "envoy.retry_host_predicates.previous_hosts", "typed_config": {"@type": previous_hosts}}
        ],
        "host_selection_retry_max_attempts": 5,
    }


def _platform_retries() -> Json:
    """Wait for the web process while it restarts, about 5 s: its socket refuses connections meanwhile."""
    return {
        "retry_on": "connect-failure,refused-stream,reset-before-request",
        "num_retries": 12,
        "retry_back_off": {"base_interval": "0.25s", "max_interval": "1s"},
    }


def _app_cluster(upstream: Upstream) -> Json:
    if not UPSTREAM_NAME.fullmatch(upstream.name):
        raise BadRoutes(f"'{upstream.name}' cannot name an upstream. Use letters, digits, '-' and '_'.")
    if not upstream.endpoints:
        raise BadRoutes(f"Upstream '{upstream.name}' has no endpoint. Leave it out until an instance runs.")
    return _cluster(upstream.name, upstream.endpoints) | affinity.ejection(len(upstream.endpoints))


def _cluster(name: str, endpoints: tuple[str, ...]) -> Json:
    return {
        "@type": f"{TYPE}.config.cluster.v3.Cluster",
        "name": name,
        "type": "STATIC",
        "lb_policy": "LEAST_REQUEST",
        "connect_timeout": CONNECT_TIMEOUT,
        "circuit_breakers": CIRCUIT_BREAKERS,
        "typed_extension_protocol_options": {
            "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": _http_to_upstream()
        },
        "load_assignment": {
            "cluster_name": name,
            "endpoints": [{"lb_endpoints": [{"endpoint": {"address": _address(name, text)}} for text in endpoints]}],
        },
    }


def _http_to_upstream() -> Json:
    return {
        "@type": f"{TYPE}.extensions.upstreams.http.v3.HttpProtocolOptions",
        "common_http_protocol_options": {"idle_timeout": IDLE_UPSTREAM_CONNECTION},
        "explicit_http_config": {"http_protocol_options": {}},
    }


def _address(name: str, endpoint: str) -> Json:
    match = ENDPOINT.fullmatch(endpoint)
    if match is None:
        raise BadRoutes(
            f"'{endpoint}' of upstream '{name}' is not an endpoint like 127.0.0.1:20001, [::1]:20001 or unix:/path."
        )
    if match["pipe"]:
        return {"pipe": {"path": match["pipe"]}}
    address, port = match["v4"] or match["v6"], int(match["v4_port"] or match["v6_port"])
    if not 0 < port < 65536:
        raise BadRoutes(f"Endpoint '{endpoint}' of upstream '{name}' has a port that does not exist.")
    return {"socket_address": {"address": address, "port_value": port}}


def _check(route: Route, settings: ProxySettings, known: Collection[str]) -> None:
    if not HOST.fullmatch(route.host):
        raise BadRoutes(f"'{route.host}' is not a host name in lower case without a port.")
    if route.host in settings.platform_hosts:
        raise BadRoutes(f"Host '{route.host}' is the platform's own and cannot lead to an app.")
    if not route.host.endswith(f".{settings.apps_domain}"):
        raise BadRoutes(f"Host '{route.host}' does not lie below the apps domain '{settings.apps_domain}'.")
    if route.upstream not in known:
        raise BadRoutes(f"Host '{route.host}' leads to upstream '{route.upstream}', which is not listed.")


def _check_by_token(route: TokenRoute, settings: ProxySettings, known: Collection[str]) -> None:
    if not TOKEN_PREFIX.fullmatch(route.prefix):
        raise BadRoutes(f"'{route.prefix}' is not a prefix like /content/0a1b/.")
    _check(Route(route.host, route.upstream), settings, known)


def _refuse_repeated(kind: str, names: Iterable[str]) -> None:
    repeated = [name for name, count in Counter(names).items() if count > 1]
    if repeated:
        raise BadRoutes(f"The {kind} '{repeated[0]}' is listed more than once.")
