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


MASK = "***"


def masked(address: str) -> str:
    """``https://me:pw@host/simple`` as ``https://***@host/simple``: that a login is there, and not which.

    Nothing of what is no address is shown.
    """
    try:
        parts = urlsplit(check_index_address(address))
    except BadAddress:
        return MASK
    _, at, host = parts.netloc.rpartition("@")
    return parts._replace(netloc=f"{MASK}@{host}").geturl() if at else address


def with_stored_logins(typed: list[str], stored: list[str]) -> list[str]:
    """What was ``typed`` into a form that showed the ``stored`` addresses masked, with the logins that were kept.

    A masked address is the stored one that looks so, and of several the next; at another path of the same host it
    keeps that host's login. Raises ``BadAddress`` for a masked login of a host that has none.
    """
    left = list(stored)
    exact: list[str | None] = []
    for line in typed:
        match = next((address for address in left if MASK in line and masked(address) == line), None)
        if match is not None:
            left.remove(match)
        exact.append(match)
    return [match or _moved(line, stored) for line, match in zip(typed, exact, strict=True)]


def _moved(line: str, stored: list[str]) -> str:
    parts = urlsplit(line)
    userinfo, _, host = parts.netloc.rpartition("@")
    if line != MASK and userinfo != MASK:
        return line
    origin = (parts.scheme, host)
    logins = {
        old.netloc.rpartition("@")[0]
        for old in map(urlsplit, stored)
        if (old.scheme, old.netloc.rpartition("@")[2]) == origin and "@" in old.netloc
    }
    if len(logins) != 1:
        raise BadAddress(
            f"The login of {host or 'this address'} is not known: {MASK} stands for the one that was saved for an "
            "address, and none was for this host.",
            "Write the user name and password anew.",
        )
    return parts._replace(netloc=f"{logins.pop()}@{host}").geturl()
