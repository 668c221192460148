"""Names that can stand in a host name or a path: DNS labels."""

import re
import unicodedata
from collections.abc import Collection

#: RFC 1035: letters, digits and hyphens, 63 at most, no hyphen at either end.
MAX_LABEL = 63
LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")


def is_label(text: str) -> bool:
    """Whether ``text`` is a lower-case DNS label that is not mistaken for an encoded one (``xn--``)."""
    return LABEL.fullmatch(text) is not None and text[2:4] != "--"


def to_label(text: str) -> str:
    """The nearest DNS label: ``to_label("Año, Nuevo!") == "ano-nuevo"``; empty when nothing is left."""
    ascii_text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"-{2,}", "-", re.sub(r"[^a-z0-9]+", "-", ascii_text))[:MAX_LABEL].strip("-")


def host_label(app: str, workspace: str, taken: Collection[str]) -> str:
    """``<app>-<workspace>``, cut to a label, with the first free number behind it when it is taken."""
    stem = to_label(f"{app}-{workspace}")
    if stem not in taken:
        return stem
    numbered = (f"{stem[: MAX_LABEL - 6].rstrip('-')}-{number}" for number in range(2, 100_000))
    return next(label for label in numbered if label not in taken)
