"""Bodies of requests: JSON objects, small and clean, and archives as they are."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import IO, Any

from django.utils.datastructures import MultiValueDict
from rest_framework.parsers import BaseParser, DataAndFiles

from workspaces.errors import Invalid, LimitExceeded

#: The largest thing said in JSON is a command of 8,000 characters.
MAX_JSON_BYTES = 1024 * 1024
CHUNK_BYTES = 64 * 1024


class JsonObject(BaseParser):
    """A JSON object of strict JSON in UTF-8. Raises ``Invalid`` or ``LimitExceeded``."""

    media_type = "application/json"
    max_bytes = MAX_JSON_BYTES

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        content = strict_json(stream, self.max_bytes)
        if not isinstance(content, dict):
            raise Invalid("The body is not a JSON object.", 'Write it in braces: {"name": "hello"}.')
        return content


def strict_json(stream: IO[Any], max_bytes: int = MAX_JSON_BYTES) -> Any:
    """Any value of strict JSON in UTF-8. Raises ``Invalid`` or ``LimitExceeded``."""
    raw = stream.read(max_bytes + 1)
    if len(raw) > max_bytes:
        most = max_bytes // (1024 * 1024)
        raise LimitExceeded(f"The JSON body is larger than {most} MiB.", "Send source as an archive, not as JSON.")
    try:
        content = json.loads(raw.decode(), parse_constant=_refuse_constant)
        # Half of a surrogate pair is no text: neither the database nor an answer could hold it.
        json.dumps(content, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise Invalid("The body is not JSON.", _reason(error)) from error
    return content


@dataclass(frozen=True)
class RawFile:
    """A body that is one file, read once. Used like the file of a form."""

    stream: IO[bytes]

    def chunks(self) -> Iterator[bytes]:
        while chunk := self.stream.read(CHUNK_BYTES):
            yield chunk


class Gzip(BaseParser):
    """The body as the file ``source``, whatever it holds: archives are judged by those who open them."""

    media_type = "application/gzip"

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> "DataAndFiles[Any, Any]":
        return DataAndFiles({}, MultiValueDict({"source": [RawFile(stream)]}))


class XGzip(Gzip):
    media_type = "application/x-gzip"


class Zip(Gzip):
    media_type = "application/zip"


class Tar(Gzip):
    media_type = "application/x-tar"


class OctetStream(Gzip):
    media_type = "application/octet-stream"


ARCHIVES = (Gzip, XGzip, Zip, Tar, OctetStream)


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _reason(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg} in line {error.lineno}, column {error.colno}."
    return "It must be strict JSON in UTF-8, not nested too deeply."
