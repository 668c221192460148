"""Bodies with files: forms, JSON with base64 in it, and bytes as they are."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Protocol

from rest_framework.parsers import BaseParser, MultiPartParser
from rest_framework.request import Request

from workspaces.api.databricks import fields
from workspaces.api.databricks.parsers import AnyJson
from workspaces.api.negotiation import AlwaysJson
from workspaces.api.parsers import Gzip
from workspaces.errors import Invalid, LimitExceeded

#: What a file in JSON may hold, as at Databricks; forms and raw bodies are for what is larger.
MOST_IN_JSON = 10 * 1024 * 1024


class JsonWithFile(AnyJson):
    """Base64 makes four bytes of three."""

    max_bytes = MOST_IN_JSON * 4 // 3 + 64 * 1024


class AnyBytes(Gzip):
    """The body as one file, whatever it calls itself."""

    media_type = "*/*"


class FormOrJson(AlwaysJson):
    """A form is what says that it is one; everything else is JSON."""

    def select_parser(self, request: Request, parsers: Iterable[BaseParser]) -> BaseParser:
        is_form = (request.content_type or "").startswith("multipart/")
        return next(parser for parser in parsers if isinstance(parser, MultiPartParser) == is_form)


class File(Protocol):
    def chunks(self) -> Iterator[bytes]: ...


def chunks_of(request: Request, content: Mapping[str, Any]) -> Iterable[bytes]:
    """The part "content" of a form, or what the field "content" of JSON encodes."""
    files: list[File] = request.FILES.getlist("content")
    if len(files) > 1:
        raise Invalid("There are several parts 'content'.", "Send one file at a time.")
    if files:
        return files[0].chunks()
    data = fields.base64_bytes(content, "content")
    if len(data) > MOST_IN_JSON:
        raise LimitExceeded(
            f"File size imported is ({len(data)} bytes), exceeded max size ({MOST_IN_JSON} bytes).",
            "Upload it with a client that sends files as they are, such as the SDK's workspace.upload.",
        )
    return [data]


def body_of(request: Request) -> Iterable[bytes]:
    """A raw body, also an empty one."""
    files: list[File] = request.FILES.getlist("source")
    return files[0].chunks() if files else []


def flag(content: Mapping[str, Any], name: str) -> bool:
    """A choice of JSON, a form or a query; absent means no."""
    value = content.get(name)
    if value in (None, "", False, "false", "False"):
        return False
    if value in (True, "true", "True"):
        return True
    raise Invalid(f"The field {name!r} is neither true nor false.")
