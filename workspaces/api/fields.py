"""Reading what a request asks for, with a sentence for what it cannot ask."""

from collections.abc import Collection, Mapping
from typing import Any

from workspaces.errors import Invalid

YES, NO = frozenset({"true", "1", "yes", "on"}), frozenset({"false", "0", "no", "off", ""})


def refuse_unknown(given: Collection[str], known: Collection[str]) -> None:
    """Raise ``Invalid`` naming the first field that nobody would look at: mostly a typing error."""
    unknown = sorted(set(given) - set(known))
    if unknown:
        raise Invalid(
            f"There is no field {unknown[0][:80]!r} here.", f"This address takes: {', '.join(sorted(known))}."
        )


def text(data: Mapping[str, Any], name: str) -> str:
    """A text that must be there."""
    value = data.get(name)
    if not isinstance(value, str):
        raise Invalid(f"The field {name!r} is missing or not a text.", f'Send {{"{name}": "…"}}.')
    return value


def texts(data: Mapping[str, Any], name: str, *, most: int) -> list[str]:
    """A list of up to ``most`` texts, or an empty one when it is absent."""
    value = data.get(name, [])
    if not isinstance(value, list) or len(value) > most or not all(isinstance(each, str) for each in value):
        raise Invalid(f"The field {name!r} is not a list of at most {most} texts.", f'Send {{"{name}": ["…"]}}.')
    return value


def flag(data: Mapping[str, Any], name: str) -> bool:
    """A choice, from JSON or as the text of a form field or a query; absent means no."""
    value = data.get(name, False)
    if isinstance(value, bool):
        return value
    word = value.strip().lower() if isinstance(value, str) else None
    if word not in YES | NO:
        raise Invalid(f"{name} is neither true nor false.")
    return word in YES


def whole_number(data: Mapping[str, str], name: str, *, low: int, high: int) -> int | None:
    """A decimal number of a query, or ``None`` when it is absent."""
    value = data.get(name)
    if value is None:
        return None
    if not (value.isascii() and value.isdecimal() and len(value) <= 9 and low <= int(value) <= high):
        raise Invalid(f"{name} is not a whole number from {low} to {high}.")
    return int(value)
