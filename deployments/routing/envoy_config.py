"""How Envoy listens: its bootstrap and its one listener, as data.

Who may see an app is decided between ``headers.early_mutation`` and the router, by the filters of ``guards``.
"""

from pathlib import Path
from typing import Any

from deployments.routing import affinity, guards, headers, replies
from deployments.routing.documents import document
from deployments.routing.envoy_routes import COOKIE_FILTER, PLATFORM_CLUSTER, ROUTE_TABLE
from deployments.routing.settings import ProxySettings

Json = dict[str, Any]
TYPE = "type.googleapis.com/envoy"
#: Names the statistics of the listener: ``http.ingress.…``.
STAT_PREFIX = "ingress"
#: Long enough for the slowest honest client, and a slow loris holds its connection no longer.
REQUEST_HEADERS_TIMEOUT = "15s"
#: A connection without a request; browsers keep theirs for 1 to 5 minutes.
IDLE_CONNECTION_TIMEOUT = "300s"
#: Envoy's default of 1 MiB, times every connection of a slow reader, would be the whole memory.
CONNECTION_BUFFER_BYTES = 128 * 1024
COOKIE_SCRIPT = Path(__file__).with_name("app_cookies.lua")


def bootstrap(settings: ProxySettings) -> Json:
    """What Envoy is started with; it never changes while it runs."""
    return {
        "node": {"id": "slipway", "cluster": "slipway"},
        "admin": {"address": {"pipe": {"path": str(settings.admin_socket), "mode": 0o600}}},
        "dynamic_resources": {
            "lds_config": watched(settings.folder / "lds"),
            "cds_config": watched(settings.folder / "cds"),
        },
        "overload_manager": {"resource_monitors": [_connection_limit(settings.max_connections)]},
    }


def watched(folder: Path) -> Json:
    """A subscription to ``<folder>/<its name>.json``; any rename in the folder makes Envoy read it again."""
    return {
        "path_config_source": {"path": str(folder / f"{folder.name}.json"), "watched_directory": {"path": str(folder)}},
        "resource_api_version": "V3",
    }


def lds(settings: ProxySettings) -> Json:
    """The discovery document of the one public listener."""
    return document([_listener(settings)])


def _listener(settings: ProxySettings) -> Json:
    address = {
        "address": settings.bind_address,
        "port_value": settings.port,
        "ipv4_compat": settings.bind_address == "::",
    }
    return {
        "@type": f"{TYPE}.config.listener.v3.Listener",
        "name": "public",
        "address": {"socket_address": address},
        # With SO_REUSEPORT a second Envoy of the same user would share the port in silence.
        "enable_reuse_port": False,
        "per_connection_buffer_limit_bytes": CONNECTION_BUFFER_BYTES,
        "filter_chains": [
            {
                "filters": [
                    {
                        "name": "envoy.filters.network.http_connection_manager",
                        "typed_config": _connection_manager(settings),
                    }
                ]
            }
        ],
    }


def _connection_manager(settings: ProxySettings) -> Json:
    return {
        "@type": f"{TYPE}.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": STAT_PREFIX,
        "codec_type": "AUTO",
        "rds": {"route_config_name": ROUTE_TABLE, "config_source": watched(settings.folder / "rds")},
        "http_filters": _http_filters(settings),
        "upgrade_configs": [{"upgrade_type": "websocket"}],
        "local_reply_config": replies.local_replies(),
        **_trust(settings.trusted_proxies),
        **_paths(),
        **_timeouts(),
        "http_protocol_options": {"accept_http_10": True},
        "http2_protocol_options": {"max_concurrent_streams": 128},
        # An app's own name stays, and Envoy does not add its.
        "server_header_transformation": "PASS_THROUGH",
    }


def _trust(trusted_proxies: int) -> Json:
    return {
        "use_remote_address": True,
        "xff_num_trusted_hops": trusted_proxies,
        # What Envoy would append for a visitor on this machine is not the loopback address but the machine's own.
        "skip_xff_append": not trusted_proxies,
        "early_header_mutation_extensions": [headers.early_mutation(trusted_proxies)],
    }


def _paths() -> Json:
    """Dot segments are resolved; double and escaped slashes are the app's own business."""
    return {
        "normalize_path": True,
        "merge_slashes": False,
        "path_with_escaped_slashes_action": "KEEP_UNCHANGED",
    }


def _timeouts() -> Json:
    return {
        "request_headers_timeout": REQUEST_HEADERS_TIMEOUT,
        # An idle WebSocket or event stream is not a dead one; Envoy's default cuts it after 5 minutes.
        "stream_idle_timeout": "0s",
        "common_http_protocol_options": {
            "idle_timeout": IDLE_CONNECTION_TIMEOUT,
            # WSGI reads X_Slipway_User and X-Slipway-User as the same name.
            "headers_with_underscores_action": "DROP_HEADER",
        },
    }


def _http_filters(settings: ProxySettings) -> list[Json]:
    return [
        *guards.filters(settings, PLATFORM_CLUSTER),
        # Before the cookie filter: it reads the visitor's cookie while it is there, and sets its own after the app's
        # forgeries are gone.
        affinity.FILTER,
        {
            "name": COOKIE_FILTER,
            "typed_config": {
                "@type": f"{TYPE}.extensions.filters.http.lua.v3.Lua",
                "default_source_code": {"inline_string": COOKIE_SCRIPT.read_text()},
            },
        },
        {
            "name": "envoy.filters.http.router",
            "typed_config": {
                "@type": f"{TYPE}.extensions.filters.http.router.v3.Router",
                "suppress_envoy_headers": True,
            },
        },
    ]


def _connection_limit(connections: int) -> Json:
    return {
        "name": "envoy.resource_monitors.global_downstream_max_connections",
        "typed_config": {
            "@type": f"{TYPE}.extensions.resource_monitors.downstream_connections.v3.DownstreamConnectionsConfig",
            "max_active_downstream_connections": connections,
        },
    }
