"""What the operator decides about the proxy, and where its files and sockets lie."""

from dataclasses import dataclass
from pathlib import Path

#: The kernel's sockaddr_un holds 108 bytes with the closing NUL; Envoy exits with an error above it.
MAX_SOCKET_PATH_BYTES = 107
EVERY_OTHER_HOST = "*"


@dataclass(frozen=True)
class ProxySettings:
    """Paths are absolute; ``folder`` is written by the platform alone. Hosts and domains come without a port.

    Whatever host is not routed to an app goes to the platform. ``platform_hosts`` names those that may never be routed
    to one (``("*",)`` when there are none to name); apps live below ``apps_domain`` only.
    ``trusted_proxies`` counts the proxies that stand before this one and are the only ones who can reach it: their
    X-Forwarded-For and -Proto are believed. Raises ``ValueError`` with a sentence for a value that cannot work.
    """

    folder: Path
    platform_socket: Path
    admin_socket: Path
    apps_domain: str
    platform_hosts: tuple[str, ...] = (EVERY_OTHER_HOST,)
    bind_address: str = "127.0.0.1"
    port: int = 8000
    #: One thread of Envoy serves more than the apps of a small machine can answer.
    concurrency: int = 1
    #: Each costs a descriptor (a second one towards the app) and up to twice ``CONNECTION_BUFFER_BYTES``.
    max_connections: int = 8192
    trusted_proxies: int = 0
    #: Visitors come by https, whose end is a proxy in front: the proxy's own cookies are for https alone.
    is_https: bool = False
    #: The cookie by which visitors pass, and the JSON Web Key Set that its signature is checked with; without one
    #: no cookie is good.
    cookie_name: str = "slipway_app"
    cookie_keys: str = ""
    #: Where whoever runs Envoy keeps its standard error: the only place where Envoy says why it refused a file.
    log_file: Path | None = None

    def __post_init__(self) -> None:
        for path in (self.folder, self.platform_socket, self.admin_socket):
            if not path.is_absolute():
                raise ValueError(f"The proxy's path {path} is relative. Give an absolute one.")
        for socket in (self.platform_socket, self.admin_socket):
            if len(bytes(socket)) > MAX_SOCKET_PATH_BYTES:
                raise ValueError(
                    f"The socket path {socket} is longer than {MAX_SOCKET_PATH_BYTES} bytes. Choose a shorter folder."
                )
        if ":" in self.apps_domain or not self.apps_domain.strip("."):
            raise ValueError(f"The apps domain '{self.apps_domain}' is not a domain name without a port.")
