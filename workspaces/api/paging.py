"""Our dialect of lists: ``{"results", "next"}`` with keyset cursors."""

import base64
import binascii
from collections.abc import Callable
from typing import Any, TypeVar

from django.db.models import Model, QuerySet
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.utils.urls import replace_query_param

from workspaces.api import fields
from workspaces.errors import Invalid

PAGE_SIZE = 50
MAX_PAGE_SIZE = 200

Row = TypeVar("Row", bound=Model)


class Next(serializers.URLField):
    def __init__(self) -> None:
        super().__init__(allow_null=True, help_text="The address of the following page, or null at the end.")


def page(
    request: Request, rows: QuerySet[Row], *, by: str, read: Callable[[str], Any], descending: bool = False
) -> tuple[list[Row], str | None]:
    """Up to ``?limit=`` rows behind ``?cursor=``, and the address of the next page or ``None``.

    ``by`` is a column that is unique among ``rows``; ``read`` turns its text back into a value and raises
    ``ValueError`` for what it never was. Rows added or deleted meanwhile make no other row appear twice or not at all.
    """
    limit = fields.whole_number(request.query_params, "limit", low=1, high=MAX_PAGE_SIZE) or PAGE_SIZE
    position = request.query_params.get("cursor")
    found, cursor = slice_of(rows, by=by, read=read, cursor=position, limit=limit, descending=descending)
    return found, cursor and replace_query_param(request.build_absolute_uri(), "cursor", cursor)


def slice_of(
    rows: QuerySet[Row], *, by: str, read: Callable[[str], Any], cursor: str | None, limit: int, descending: bool
) -> tuple[list[Row], str | None]:
    """Up to ``limit`` rows behind ``cursor``, and the cursor of what follows or ``None``; otherwise as ``page``."""
    if cursor:
        rows = rows.filter(**{f"{by}__{'lt' if descending else 'gt'}": _read(cursor, read)})
    found = list(rows.order_by(f"-{by}" if descending else by)[: limit + 1])
    if len(found) <= limit:
        return found, None
    return found[:limit], _write(getattr(found[limit - 1], by))


def _write(position: object) -> str:
    return base64.urlsafe_b64encode(str(position).encode()).decode().rstrip("=")


def _read(cursor: str, read: Callable[[str], Any]) -> Any:
    try:
        return read(base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode())
    except (ValueError, binascii.Error) as error:
        raise Invalid(
            "This cursor was not given out by this list.", "Start without one, then follow 'next'."
        ) from error
