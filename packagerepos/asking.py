"""Asking indexes on behalf of somebody who waits for the answer."""

import re

from django.conf import settings

from packagerepos import probe
from packagerepos.indexes import Indexes
from packagerepos.probe import Finding
from workspaces.errors import Invalid

#: Every index answers for any name.
ANY_PACKAGE = "pip"
NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,98}[A-Za-z0-9])?")


def ask(indexes: Indexes, package: str, *, position: int | None = None) -> tuple[Finding, ...]:
    """What the indexes answer for ``package``; ``position`` asks the one of that standing alone. Raises ``Invalid``."""
    name = package.strip() or ANY_PACKAGE
    if not NAME.fullmatch(name):
        raise Invalid(
            f"{name[:100]!r} is no name of a package.", "Use letters, digits, hyphens, periods and underscores."
        )
    if position is None:
        return probe.ask(indexes, name, allowed_internal=settings.ALLOWED_INTERNAL)
    asked = indexes.addresses[position : position + 1]
    return tuple(probe.ask_one(indexes, address, name, allowed_internal=settings.ALLOWED_INTERNAL) for address in asked)
