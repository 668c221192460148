"""Pages of SCIM lists, and the attributes that are asked for.

The clients ask for 10,000 from ``startIndex`` 1, go on behind what they got, and end only at an empty page.
Sorting is optional in SCIM; ``sortBy`` is ignored, and the order is that of ids.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rest_framework.response import Response

from workspaces.errors import Invalid

SCHEMA = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
#: Never left out of a resource.
ALWAYS = {"id", "schemas"}
#: Resources of one page; a client that wants more comes again.
MAX_PAGE = 1000

Resource = dict[str, Any]


@dataclass(frozen=True)
class Window:
    """``count`` resources from ``start``, which is 1 for the first."""

    start: int
    count: int

    def of_rest(self, taken: int) -> slice:
        """The same window on what follows ``taken`` resources from elsewhere."""
        begin = self.start - 1 - taken
        return slice(max(begin, 0), max(begin + self.count, 0))


@dataclass(frozen=True)
class Attributes:
    """Which of a resource's attributes are wanted, in lower case; ``only`` is empty for all."""

    only: frozenset[str]
    without: frozenset[str]

    def has(self, name: str) -> bool:
        lowered = name.lower()
        return lowered in ALWAYS or (lowered not in self.without and (not self.only or lowered in self.only))

    def of(self, resource: Resource) -> Resource:
        return {name: value for name, value in resource.items() if self.has(name)}


def window(query: Mapping[str, str]) -> Window:
    """Numbers below the smallest mean the smallest, as SCIM has it. Raises ``Invalid`` for what is no number."""
    start, count = _number(query, "startIndex", 1), _number(query, "count", MAX_PAGE)
    return Window(max(start, 1), min(max(count, 0), MAX_PAGE))


def attributes(query: Mapping[str, str]) -> Attributes:
    return Attributes(_names(query.get("attributes", "")), _names(query.get("excludedAttributes", "")))


def answer(resources: list[Resource], *, total: int, start: int) -> Response:
    return Response(
        {
            "schemas": [SCHEMA],
            "totalResults": total,
            "startIndex": start,
            "itemsPerPage": len(resources),
            "Resources": resources,
        }
    )


def _number(query: Mapping[str, str], name: str, default: int) -> int:
    text = query.get(name)
    if text is None:
        return default
    digits = text.removeprefix("-")
    if not (digits.isascii() and digits.isdecimal() and len(digits) <= 9):
        raise Invalid(f"{name} is not a whole number.")
    return int(text)


def _names(text: str) -> frozenset[str]:
    """``name.givenName`` asks for all of ``name``: resources are given whole or not at all."""
    return frozenset(word.strip().split(".")[0].lower() for word in text.split(",") if word.strip())
