"""The dialect's lists: ``page_size`` and ``page_token`` in, ``next_page_token`` out."""

from collections.abc import Callable
from typing import Any, TypeVar

from django.db.models import Model, QuerySet
from rest_framework.request import Request

from workspaces.api import paging
from workspaces.api.paging import MAX_PAGE_SIZE, PAGE_SIZE
from workspaces.errors import Invalid

Row = TypeVar("Row", bound=Model)


def page(
    request: Request, rows: QuerySet[Row], *, by: str, read: Callable[[str], Any], descending: bool = False
) -> tuple[list[Row], dict[str, str]]:
    """The rows, and what the answer says of more. The arguments are those of ``paging.page``."""
    token = request.query_params.get("page_token")
    size = _size(request.query_params.get("page_size"))
    found, following = paging.slice_of(rows, by=by, read=read, cursor=token, limit=size, descending=descending)
    return found, {"next_page_token": following} if following else {}


def _size(word: str | None) -> int:
    """0 is the server's own choice, and what is too large is cut, as clients expect."""
    if not word:
        return PAGE_SIZE
    if not (word.isascii() and word.isdecimal() and len(word) <= 9):
        raise Invalid("page_size is not a whole number from 0 on.")
    return min(int(word), MAX_PAGE_SIZE) or PAGE_SIZE
