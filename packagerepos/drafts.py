"""Logins that were typed and are not saved yet: the page itself carries them, sealed, and never in clear."""

import base64
import binascii
import json
import re
import time

from packagerepos.addresses import BadAddress, check_index_address, masked
from workspaces import sealing
from workspaces.encryption import CannotOpen
from workspaces.principals import Principal

#: Long enough to look something up; then the login is typed again.
LIVES_S = 3600
MAX_ADDRESSES = 40
BEFORE_HOST = re.compile(r"^([A-Za-z]+://)?.*@")


def seal(principal: Principal, typed: list[str], earlier: list[str]) -> str:
    """What the next page carries: the addresses with a login among ``typed``, before those of an ``earlier`` page."""
    with_login = [line for line in typed if "@" in line and shown(line) != line]
    kept = list(dict.fromkeys([*with_login, *earlier]))[:MAX_ADDRESSES]
    if not kept:
        return ""
    text = json.dumps({"at": time.time(), "addresses": kept})
    return base64.b64encode(sealing.key_ring().seal(text.encode(), _place(principal))).decode()


def unseal(principal: Principal, text: str) -> list[str]:
    """The addresses of a page that this person had before them; none for anything else."""
    try:
        found = json.loads(sealing.key_ring().open(base64.b64decode(text, validate=True), _place(principal)))
    except (CannotOpen, binascii.Error, ValueError):
        return []
    return list(found["addresses"]) if time.time() - found["at"] < LIVES_S else []


def shown(line: str) -> str:
    """What was typed, for a page: without its login, also where it is no address."""
    try:
        return masked(check_index_address(line))
    except BadAddress:
        return BEFORE_HOST.sub(r"\1***@", line)


def _place(principal: Principal) -> bytes:
    return f"draft:{principal.workspace.uuid}:{principal.user.uuid}".encode()
