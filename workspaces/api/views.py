"""The base of our own API's views."""

import os
from collections.abc import Mapping
from typing import Any, cast

from django.http import HttpRequest
from rest_framework.parsers import BaseParser
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from workspaces.api.parsers import JsonObject
from workspaces.principals import Principal


class ErrorsAsJson(APIView):
    """For views that answer in a form which has no room for an error: a stream, a schema."""

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        if isinstance(response, Response) and response.status_code >= 400:
            request.accepted_renderer = JSONRenderer()
            request.accepted_media_type = JSONRenderer.media_type
        return super().finalize_response(request, response, *args, **kwargs)


class ApiView(APIView):
    """Takes JSON objects, knows its principal, and is never kept by a cache."""

    parser_classes: tuple[type[BaseParser], ...] = (JsonObject,)

    @property
    def principal(self) -> Principal:
        principal = self.request.user
        assert isinstance(principal, Principal)
        return principal

    @property
    def content(self) -> Mapping[str, Any]:
        """The body: the object of a JSON body, or the fields of a form."""
        return cast(Mapping[str, Any], self.request.data)

    @property
    def default_response_headers(self) -> dict[str, str]:
        return super().default_response_headers | {"Cache-Control": "no-store"}

    def initialize_request(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Request:
        _measure(request)
        return super().initialize_request(request, *args, **kwargs)


def _measure(request: HttpRequest) -> None:
    """Give a chunked body its length: Django and DRF take a body without Content-Length for an empty one.

    Under ASGI the body lies in a file by now.
    """
    stream = getattr(request, "_stream", None)
    if request.META.get("CONTENT_LENGTH") or stream is None or not getattr(stream, "seekable", lambda: False)():
        return
    position = stream.tell()
    request.META["CONTENT_LENGTH"] = str(stream.seek(0, os.SEEK_END) - position)
    stream.seek(position)
