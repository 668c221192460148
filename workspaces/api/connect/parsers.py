"""Bodies as the Connect clients send them: JSON, an object or a list, whatever they call it."""

from collections.abc import Mapping
from typing import IO, Any

from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser

from workspaces.api.parsers import strict_json
from workspaces.errors import Invalid, LimitExceeded


class AnyJson(BaseParser):
    """Raises ``ParseError``."""

    media_type = "*/*"

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        try:
            return strict_json(stream)
        except (Invalid, LimitExceeded) as error:
            raise ParseError(f"{error.message} {error.hint}") from error
