"""Filters of SCIM lists: ``displayName eq "admins" and id ne "7"`` (RFC 7644, section 3.4.2.2).

As much of them as the Databricks API documents: eq, ne, co, sw, and, or; no parentheses. Case makes no difference.
"""

import operator
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import reduce

from django.db.models import Q

from workspaces.errors import Invalid

MAX_LENGTH = 2000
#: A text in quotes, with \" for a quote within; or a word.
TOKEN = re.compile(r'"((?:[^"\\]|\\.)*)"|([^\s"]+)')


class InvalidFilter(Invalid):
    """SCIM has a word of its own for it."""


@dataclass(frozen=True)
class Operator:
    lookup: str
    holds: Callable[[str, str], bool]
    is_negated: bool = False


OPERATORS = {
    "eq": Operator("iexact", operator.eq),
    "ne": Operator("iexact", operator.eq, is_negated=True),
    "co": Operator("icontains", operator.contains),
    "sw": Operator("istartswith", str.startswith),
}


@dataclass(frozen=True)
class Condition:
    attribute: str
    operator: Operator
    value: str

    def as_q(self, columns: Mapping[str, str]) -> Q:
        question = Q(**{f"{columns[self.attribute]}__{self.operator.lookup}": self.value})
        return ~question if self.operator.is_negated else question

    def holds(self, values: Mapping[str, str]) -> bool:
        return self.operator.holds(values[self.attribute].lower(), self.value.lower()) != self.operator.is_negated


@dataclass(frozen=True)
class Filter:
    """One of ``alternatives``, all of whose conditions hold. Without any, everything passes."""

    alternatives: tuple[tuple[Condition, ...], ...] = ()

    def as_q(self, columns: Mapping[str, str]) -> Q:
        """For rows; ``columns`` by attribute in lower case."""
        every = (reduce(operator.and_, (one.as_q(columns) for one in group)) for group in self.alternatives)
        return reduce(operator.or_, every, Q())

    def holds(self, values: Mapping[str, str]) -> bool:
        """For what has no row; ``values`` by attribute in lower case."""
        return not self.alternatives or any(all(one.holds(values) for one in group) for group in self.alternatives)


def parse(text: str, attributes: Mapping[str, str]) -> Filter:
    """Raises ``InvalidFilter`` also for attributes that are not among these (in lower case)."""
    if not text.strip():
        return Filter()
    if len(text) > MAX_LENGTH or "\0" in text:
        raise InvalidFilter(f"The filter is longer than {MAX_LENGTH} characters, or holds what no text does.")
    words = list(_words(text))
    alternatives: list[list[Condition]] = [[]]
    for position in range(0, len(words), 4):
        alternatives[-1].append(_condition(words[position : position + 3], attributes))
        joint = words[position + 3].lower() if position + 3 < len(words) else None
        if joint == "or":
            alternatives.append([])
        elif joint not in {"and", None} or (joint and position + 4 >= len(words)):
            raise _unreadable(text)
    return Filter(tuple(map(tuple, alternatives)))


def _condition(words: list[str], attributes: Mapping[str, str]) -> Condition:
    if len(words) != 3 or words[1].lower() not in OPERATORS:
        raise _unreadable(" ".join(words))
    attribute, word, value = words
    if attribute.lower() not in attributes:
        raise InvalidFilter(
            f"A filter by {attribute[:80]!r} is not possible.", f"Filter by one of {', '.join(sorted(attributes))}."
        )
    return Condition(attribute.lower(), OPERATORS[word.lower()], value)


def _words(text: str) -> Iterator[str]:
    position = 0
    while position < len(text):
        if text[position].isspace():
            position += 1
            continue
        match = TOKEN.match(text, position)
        if match is None:
            raise _unreadable(text)
        yield re.sub(r"\\(.)", r"\1", match[1]) if match[1] is not None else match[2]
        position = match.end()


def _unreadable(text: str) -> InvalidFilter:
    return InvalidFilter(
        f"The filter cannot be read at {text[:80]!r}.",
        'Write it like: userName eq "a@example.org" or displayName sw "A". There are eq, ne, co, sw, and, or.',
    )
