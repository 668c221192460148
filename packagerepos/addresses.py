"""Addresses of package indexes as people write them."""

import re
from urllib.parse import urlsplit

SCHEMES = frozenset({"http", "https"})
#: Longer is a mistake; the secret they lie in holds more.
MAX_LENGTH = 2048
#: What an address may hold without being quoted; among it no white space, quote or control character.
ALLOWED = re.compile(r"[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]+")


class BadAddress(Exception):
    """It is no address of an index; the text says why without repeating a login, ``hint`` what helps."""

    def __init__(
        self, message: str, hint: str = "Write it in full, for instance https://packages.example.com/simple."
    ) -> None:
        super().__init__(message)
        self.hint = hint


def check_index_address(text: str) -> str:
    """``text`` if it is an http(s) address with a host, perhaps with a login. Raises ``BadAddress``."""
    if len(text) > MAX_LENGTH:
        raise BadAddress(f"The address is longer than {MAX_LENGTH} characters.")
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise BadAddress("This is not an address: its host or port cannot be read.") from None
    if parts.scheme not in SCHEMES or not host:
        raise BadAddress("This is not the address of an index: it must begin with https:// or http:// and name a host.")
    if not ALLOWED.fullmatch(text):
        raise BadAddress(
            "The address holds a character that no address may.",
            "In a user name or password write such characters as %XX, for instance %40 for @.",
        )
    if parts.netloc.count("@") > 1:
        raise BadAddress("The address holds more than one @.", "In a user name or password write %40 for @.")
    return text


def masked(address: str) -> str:
    """``https://me:pw@host/simple`` as ``https://***@host/simple``: that a login is there, and not which."""
    parts = urlsplit(address)
    _, at, host = parts.netloc.rpartition("@")
    return parts._replace(netloc=f"***@{host}").geturl() if at else address
