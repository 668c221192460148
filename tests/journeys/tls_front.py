"""A proxy that ends TLS in front of a platform, as in production: an Envoy with a certificate and one route."""

import json
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx

from deployments.routing.envoy_command import envoy_binary

LISTENER = "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext"
MANAGER = "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager"
ROUTER = "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router"


@contextmanager
def in_front_of(port: int, *, at: int, certificate: Path) -> Iterator[None]:
    """TLS on port ``at`` of this machine; ``certificate`` is a file with certificate and key."""
    config = certificate.with_suffix(".json")
    config.write_text(json.dumps(_bootstrap(port, at, certificate)))
    process = subprocess.Popen(
        [str(envoy_binary()), "--config-path", str(config), "--disable-hot-restart", "--log-level", "error"]
    )
    try:
        _wait_for(at)
        yield
    finally:
        process.terminate()
        process.wait(10)


def _wait_for(port: int) -> None:
    for _ in range(200):
        with suppress(httpx.TransportError):
            httpx.get(f"https://localhost:{port}/", verify=False)
            return
        time.sleep(0.05)
    raise AssertionError("The proxy that ends TLS did not start.")


def _bootstrap(port: int, at: int, certificate: Path) -> dict[str, object]:
    pem = {"filename": str(certificate)}
    tls = {
        "@type": LISTENER,
        "common_tls_context": {"tls_certificates": [{"certificate_chain": pem, "private_key": pem}]},
    }
    route = {"match": {"prefix": "/"}, "route": {"cluster": "slipway", "timeout": "0s"}}
    manager = {
        "@type": MANAGER,
        "stat_prefix": "tls",
        "use_remote_address": True,
        "route_config": {"virtual_hosts": [{"name": "all", "domains": ["*"], "routes": [route]}]},
        "http_filters": [{"name": "router", "typed_config": {"@type": ROUTER}}],
    }
    chain = {
        "transport_socket": {"name": "tls", "typed_config": tls},
        "filters": [{"name": "http", "typed_config": manager}],
    }
    endpoint = {"endpoint": {"address": _address(port)}}
    return {
        "static_resources": {
            "listeners": [{"name": "tls", "address": _address(at), "filter_chains": [chain]}],
            "clusters": [
                {
                    "name": "slipway",
                    "load_assignment": {"cluster_name": "slipway", "endpoints": [{"lb_endpoints": [endpoint]}]},
                }
            ],
        }
    }


def _address(port: int) -> dict[str, object]:
    return {"socket_address": {"address": "127.0.0.1", "port_value": port}}
