"""The server that takes our mail, from one address: ``smtps://user:password@mail.example.org``."""

from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from config.env import BadSetting

#: Without encryption, begun in clear and then encrypted, encrypted from the first byte.
PORTS = {"smtp": 25, "smtp+tls": 587, "smtps": 465}


@dataclass(frozen=True)
class Server:
    host: str
    port: int
    user: str
    password: str = field(repr=False)
    starts_tls: bool
    is_tls: bool


def server(address: str) -> Server | None:
    """``None`` for no address. Raises ``BadSetting``, which never repeats the password."""
    if not address:
        return None
    try:
        url = urlsplit(address)
        host, port = url.hostname or "", url.port or PORTS[url.scheme]
    except (ValueError, KeyError):
        host, port = "", 0
    if not host:
        kinds = ", ".join(f"{scheme}://" for scheme in PORTS)
        raise BadSetting("SLIPWAY_EMAIL_URL", "…", f"it must be {kinds} with user:password@host:port behind it")
    return Server(
        host, port, unquote(url.username or ""), unquote(url.password or ""), url.scheme == "smtp+tls",
        url.scheme == "smtps",
    )  # fmt: skip
