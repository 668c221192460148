"""Our dialect of errors: ``{"code", "message", "hint"}``."""

import logging
from typing import Any

from django.core.exceptions import BadRequest, PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.http import Http404, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from rest_framework import exceptions, serializers
from rest_framework.response import Response
from rest_framework.views import set_rollback

from workspaces import database_absence
from workspaces.errors import ErrorKind, PlatformError

log = logging.getLogger(__name__)

SIGN_IN_HINT = "Send 'Authorization: Bearer <token>' with a token of this workspace."
NOTHING_HERE = "There is nothing at this address."
NOTHING_HERE_HINT = "See /api/v1/schema for what there is. Addresses do not end with a slash."
ON_US = "Something went wrong on our side. This one is on us."
ON_US_HINT = "Try again; the platform's log has the details."
UNREADABLE = "The request cannot be read."
TOO_LARGE = "The request's body is too large for this address."

#: A database is back in about this time after a crash.
RETRY = {ErrorKind.UNAVAILABLE: {"Retry-After": "3"}}

#: DRF's words for what we call otherwise.
CODES = {"permission_denied": "forbidden", "parse_error": "invalid", "error": "internal"}


class Error(serializers.Serializer[Any]):
    """What every answer from 400 on looks like."""

    code = serializers.CharField(help_text="A word that programs can act on.")
    message = serializers.CharField(help_text="What happened, on which thing.")
    hint = serializers.CharField(help_text="What helps, if something does.")


def answers(*statuses: int) -> dict[int, type[Error]]:
    """The errors of an address, for the schema; every address can answer 401."""
    return dict.fromkeys((401, *statuses), Error)


def handle(error: Exception, context: dict[str, Any]) -> Response:
    """Every error of an API view as one shape; what nobody foresaw is logged and gives no details away."""
    set_rollback()
    error = database_absence.understood(error)
    if isinstance(error, PlatformError):
        return answer(error.kind.http_status, error.kind, error.message, error.hint, RETRY.get(error.kind))
    if isinstance(error, Http404):
        return answer(404, "not_found", NOTHING_HERE, NOTHING_HERE_HINT)
    if isinstance(error, PermissionDenied):
        return answer(403, "forbidden", "You may not do this.")
    if isinstance(error, exceptions.APIException):
        return _of_framework(error)
    if isinstance(error, RequestDataTooBig):
        return answer(413, "limit", TOO_LARGE, "Send large files as the part 'source' of a form.")
    if isinstance(error, SuspiciousOperation | BadRequest | MultiPartParserError | UnreadablePostError):
        return answer(400, "invalid", UNREADABLE, "It is cut off, or does not follow its own Content-Type.")
    log.error("An API request failed unexpectedly", exc_info=error)
    return answer(500, "internal", ON_US, ON_US_HINT)


def answer(status: int, code: str, message: str, hint: str = "", headers: dict[str, str] | None = None) -> Response:
    return Response({"code": str(code), "message": message, "hint": hint}, status=status, headers=headers)


def _of_framework(error: exceptions.APIException) -> Response:
    headers: dict[str, str] = {}
    if isinstance(error, exceptions.NotAuthenticated | exceptions.AuthenticationFailed):
        if header := getattr(error, "auth_header", None):
            headers["WWW-Authenticate"] = header
        return answer(error.status_code, "unauthenticated", str(error.detail), SIGN_IN_HINT, headers)
    if isinstance(error, exceptions.ValidationError):
        return answer(400, "invalid", _first_sentence(error.detail))
    if isinstance(error, exceptions.ParseError):
        return answer(400, "invalid", UNREADABLE, str(error.detail))
    if wait_s := getattr(error, "wait", None):
        headers["Retry-After"] = str(int(wait_s))
    code = CODES.get(str(error.default_code), str(error.default_code))
    return answer(error.status_code, code, str(error.detail), _hint(error), headers)


def _hint(error: exceptions.APIException) -> str:
    if isinstance(error, exceptions.MethodNotAllowed):
        return "The Allow header names the methods of this address."
    if isinstance(error, exceptions.UnsupportedMediaType):
        return "Set Content-Type to what the body is; /api/v1/schema lists what this address takes."
    if isinstance(error, exceptions.NotAcceptable):
        return "Leave the Accept header out, or accept application/json."
    return ""


def _first_sentence(detail: Any, field: str = "") -> str:
    if isinstance(detail, dict):
        name, inner = next(iter(detail.items()))
        return _first_sentence(inner, f"{field}.{name}" if field else str(name))
    if isinstance(detail, list):
        return _first_sentence(detail[0], field)
    return f"{field}: {detail}" if field and field != "non_field_errors" else str(detail)
