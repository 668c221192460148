"""The base of the dialect's views."""

from collections.abc import Callable, Mapping
from typing import Any

from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import ParseError
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response

from workspaces.api.authentication import TokenAuthentication
from workspaces.api.connect import errors
from workspaces.api.connect.parsers import AnyJson
from workspaces.api.negotiation import AlwaysJson
from workspaces.api.views import ApiView


class ConnectView(ApiView):
    """For programs with a token: the clients send back cookies that an app has set, and none of them counts."""

    authentication_classes: tuple[type[BaseAuthentication], ...] = (TokenAuthentication,)
    parser_classes: tuple[type[BaseParser], ...] = (AnyJson,)
    renderer_classes = (JSONRenderer,)
    content_negotiation_class: type[BaseContentNegotiation] = AlwaysJson
    #: The schema is that of /api/v1; this API is described by those whose clients speak it.
    schema = None

    def get_exception_handler(self) -> Callable[[Exception, dict[str, Any]], Response | None]:
        return errors.handle

    @property
    def content(self) -> Mapping[str, Any]:
        """The body, which must be an object. Fields that nobody knows are ignored: clients are newer than we are."""
        if not isinstance(self.request.data, Mapping):
            raise ParseError("The body is not a JSON object.")
        return self.request.data
