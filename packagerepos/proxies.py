"""The proxy between the platform and an index, chosen as the variables HTTPS_PROXY, HTTP_PROXY and NO_PROXY say."""

import http.client
import ipaddress
import socket
from base64 import b64encode
from urllib.parse import unquote, urlsplit

from packagerepos.indexes import Transport
from packagerepos.outbound import Endpoint


class ProxyRefused(Exception):
    """The proxy answers and does not let the connection through; ``status`` is its answer."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


def proxy_for(endpoint: Endpoint, transport: Transport) -> str | None:
    """The proxy's address, with its login, or ``None`` where the index is asked directly."""
    proxy = transport.proxy if endpoint.scheme == "https" else transport.http_proxy
    if not proxy or _is_exempt(endpoint.host.lower(), transport.no_proxy or ""):
        return None
    return proxy if "//" in proxy else f"http://{proxy}"


def login_header(proxy: str) -> dict[str, str]:
    parts = urlsplit(proxy)
    if not parts.username:
        return {}
    pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    return {"Proxy-Authorization": f"Basic {b64encode(pair.encode()).decode()}"}


def tunnel(connection: socket.socket, proxy: str, endpoint: Endpoint) -> None:
    """Have the proxy pass ``connection`` on to ``endpoint``. Raises ``ProxyRefused``, and as any HTTP does."""
    headers = {"Host": endpoint.name, **login_header(proxy)}
    lines = [f"CONNECT {endpoint.name} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    connection.sendall("\r\n".join([*lines, "", ""]).encode())
    answer = http.client.HTTPResponse(connection, method="CONNECT")
    answer.begin()
    if answer.status != 200:
        raise ProxyRefused(answer.status)


def _is_exempt(host: str, no_proxy: str) -> bool:
    return any(_covers(entry.strip().lower(), host) for entry in no_proxy.split(",") if entry.strip())


def _covers(entry: str, host: str) -> bool:
    if entry == "*":
        return True
    try:
        return ipaddress.ip_address(host) in ipaddress.ip_network(entry, strict=False)
    except ValueError:
        name = entry.removeprefix("*").removeprefix(".")
        return host == name or host.endswith(f".{name}")
