"""Numbers that stand in an address's query."""

from collections.abc import Mapping

#: The largest a PositiveIntegerField holds.
LARGEST = 2_147_483_647


def number_in(query: Mapping[str, str], name: str) -> int | None:
    """The number ``?name=12``, or ``None`` when it is missing or is none."""
    text = query.get(name, "")
    is_number = text.isascii() and text.isdigit() and len(text) <= 10
    return min(int(text), LARGEST) if is_number else None
