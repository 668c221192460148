"""Our dialect of lists: ``{"results", "next"}`` with keyset cursors."""

from typing import Any

from rest_framework.pagination import CursorPagination
from rest_framework.response import Response

PAGE_SIZE = 50


class Pages(CursorPagination):
    """``?limit=`` rows at most; ``next`` is the address of the following page or null. Never counts, never skips."""

    page_size = PAGE_SIZE
    page_size_query_param = "limit"
    max_page_size = 200
    cursor_query_param = "cursor"

    def get_paginated_response(self, data: Any) -> Response:
        return Response({"results": data, "next": self.get_next_link()})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        return {
            "type": "object",
            "required": ["results", "next"],
            "properties": {"results": schema, "next": {"type": "string", "format": "uri", "nullable": True}},
        }
