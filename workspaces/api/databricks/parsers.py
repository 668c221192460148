"""Bodies as the Databricks clients send them: JSON, whatever they call it."""

from collections.abc import Mapping
from typing import IO, Any

from rest_framework.exceptions import ParseError

from workspaces.api.parsers import JsonObject
from workspaces.errors import Invalid, LimitExceeded


class AnyJson(JsonObject):
    """The legacy client says ``text/json``, and ``curl --data`` says that it sends a form: it is JSON all the same.

    Raises ``ParseError``.
    """

    media_type = "*/*"

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        try:
            return super().parse(stream, media_type, parser_context)
        except (Invalid, LimitExceeded) as error:
            raise ParseError(f"{error.message} {error.hint}") from error
