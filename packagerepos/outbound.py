"""Connections that the platform makes because a tenant named an address: never to itself.

A host is resolved once, every address it has is judged, and the connection goes to an address that was judged: a name
that means something else a moment later changes nothing.
"""

import ipaddress
import socket
import threading
import time
from collections.abc import Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
DEFAULT_PORTS = {"http": 80, "https": 443}
#: What answers there speaks for the machine or its cloud, not for a package index. Private networks are not among it.
INSIDE = tuple(
    ipaddress.ip_network(network)
    for network in (
        "0.0.0.0/8",
        "127.0.0.0/8",
        "169.254.0.0/16",  # link-local, and the metadata services of most clouds
        "192.0.0.192/32",  # Oracle's metadata
        "100.100.100.200/32",  # Alibaba's metadata
        "168.63.129.16/32",  # Azure's agent
        "224.0.0.0/4",
        "240.0.0.0/4",
        "::/96",  # unspecified, loopback, and IPv4 in a form that was given up
        "fe80::/10",
        "fec0::/10",
        "fd00:ec2::254/128",  # Amazon's metadata
        "fd20:ce::254/128",  # Google's metadata
        "ff00::/8",
    )
)
NAT64 = ipaddress.ip_network("64:ff9b::/96")


class UnknownHost(Exception):
    """No address is known for the host."""


class InsideThePlatform(Exception):
    """The host means the platform's own machine or its link, which was not allowed."""


@dataclass(frozen=True)
class Endpoint:
    """Where an address leads. ``host`` is written as in the address, without brackets."""

    scheme: str
    host: str
    port: int

    @classmethod
    def of(cls, address: str) -> "Endpoint":
        parts = urlsplit(address)
        return cls(parts.scheme, parts.hostname or "", parts.port or DEFAULT_PORTS[parts.scheme])

    @property
    def name(self) -> str:
        """``host:port``, as the setting of what is allowed writes it."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def is_inside(address: IpAddress) -> bool:
    """Whether an address belongs to the machine, its link, or its cloud's own services."""
    candidates = [address, *_embedded(address)]
    return any(each in network for each in candidates for network in INSIDE if each.version == network.version)


def resolve(endpoint: Endpoint, *, allowed_internal: Collection[str], deadline: float) -> list[tuple[str, int]]:
    """The judged addresses of an endpoint, each with its port. Raises ``InsideThePlatform``, and as ``lookup``."""
    found = lookup(endpoint, deadline=deadline)
    allowed = {name.lower() for name in allowed_internal}
    for text, port in found:
        names = {endpoint.name.lower(), Endpoint("", text, port).name}
        if is_inside(ipaddress.ip_address(text.partition("%")[0])) and not names & allowed:
            raise InsideThePlatform(endpoint.host)
    return found


def lookup(endpoint: Endpoint, *, deadline: float) -> list[tuple[str, int]]:
    """Every address of an endpoint, whatever it is. Raises ``UnknownHost`` and ``TimeoutError``."""
    pool = ThreadPoolExecutor(1, thread_name_prefix="lookup")
    asked = pool.submit(socket.getaddrinfo, endpoint.host, endpoint.port, type=socket.SOCK_STREAM)
    # The system's own deadline can be minutes away, and nothing can end its question.
    pool.shutdown(wait=False)
    try:
        answers = asked.result(timeout=max(deadline - time.monotonic(), 0))
    except TimeoutError:
        raise
    except (OSError, UnicodeError):
        raise UnknownHost(endpoint.host) from None
    return list(dict.fromkeys((str(sockaddr[0]), endpoint.port) for *_, sockaddr in answers))


def connect(addresses: list[tuple[str, int]], *, deadline: float) -> socket.socket:
    """The first of ``addresses`` that accepts a connection. ``deadline`` is monotonic. Raises ``OSError``."""
    for number, address in enumerate(addresses, 1):
        try:
            return socket.create_connection(address, timeout=max(deadline - time.monotonic(), 0.01))
        except OSError:
            if number == len(addresses):
                raise
    raise ConnectionRefusedError


@contextmanager
def cut_off(connection: socket.socket, *, deadline: float) -> Iterator[None]:
    """Ends a conversation at its deadline, also one that sends a byte every now and then."""
    twin = connection.dup()
    timer = threading.Timer(max(deadline - time.monotonic(), 0), _shut_down, [twin])
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        twin.close()


def _shut_down(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass  # It is over already.


def _embedded(address: IpAddress) -> list[IpAddress]:
    """The IPv4 address that an IPv6 one stands for, in any of the written ways."""
    if not isinstance(address, ipaddress.IPv6Address):
        return []
    inner = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
    if address in NAT64:
        inner.append(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    return [each for each in inner if each is not None]
