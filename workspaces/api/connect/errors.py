"""The Connect dialect of errors: ``{"code", "error", "payload"}``; the code is a number of Connect's own list."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.exceptions import BadRequest, PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.http import Http404, HttpRequest, JsonResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.views.decorators.csrf import csrf_exempt
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import set_rollback

from workspaces import database_absence
from workspaces.api import error_shapes
from workspaces.api.error_shapes import CONNECT_CODES
from workspaces.api.errors import ON_US, ON_US_HINT, TOO_LARGE, UNREADABLE
from workspaces.errors import Conflict, ErrorKind, PlatformError

log = logging.getLogger(__name__)

#: Status and code of what an operation refuses: ObjectDoesNotExist, PermissionDenied, InvalidParameter, BadRequest,
#: InternalFailure.
KINDS = {
    ErrorKind.NOT_FOUND: (404, 4),
    ErrorKind.FORBIDDEN: (403, 22),
    ErrorKind.INVALID: (400, 25),
    ErrorKind.CONFLICT: (409, 2),
    ErrorKind.LIMIT: (413, 2),
    ErrorKind.DISK_FULL: (507, 1),
    ErrorKind.UNAVAILABLE: (503, 1),
}
DUPLICATE_NAME = 26
#: At ``v1/user`` the client says then that its API key is not valid.
INVALID_LOGIN = 30
CANNOT_PARSE = 87
SIGN_IN = "Send 'Authorization: Key <token>' with a token that was made in the workspace."


class NameTaken(Exception):
    """A ``Conflict`` about a name, which has a code of its own."""

    def __init__(self, conflict: Conflict) -> None:
        super().__init__(conflict.message)
        self.conflict = conflict


@contextmanager
def name_taken() -> Iterator[None]:
    """Around a creation: what conflicts there is a name that is taken."""
    try:
        yield
    except Conflict as conflict:
        raise NameTaken(conflict) from conflict


def handle(error: Exception, context: dict[str, Any]) -> Response:
    """Every error of a view of the dialect; what nobody foresaw is logged and gives no details away."""
    set_rollback()
    status, code, text = _explain(error)
    challenge = getattr(error, "auth_header", None)
    headers = {"WWW-Authenticate": challenge} if challenge else None
    return Response(error_shapes.connect(code, text), status=status, headers=headers)


# A client's POST to what is not offered wants to read that, not that a CSRF token is missing.
@csrf_exempt
def unknown_address(request: HttpRequest) -> JsonResponse:
    text = f"Slipway has no API for '{request.method} {request.path[:200]}'."
    return JsonResponse(
        error_shapes.connect(CONNECT_CODES[404], text), status=404, headers={"Cache-Control": "no-store"}
    )


def _explain(error: Exception) -> tuple[int, int, str]:
    """Status, code and sentences of an error."""
    error = database_absence.understood(error)
    if isinstance(error, NameTaken):
        return 409, DUPLICATE_NAME, _sentences(error.conflict)
    if isinstance(error, PlatformError):
        return *KINDS[error.kind], _sentences(error)
    if isinstance(error, exceptions.AuthenticationFailed):
        return error.status_code, INVALID_LOGIN, f"{error.detail} {SIGN_IN}"
    if isinstance(error, exceptions.NotAuthenticated):
        return _framework(error.status_code, f"{error.detail} {SIGN_IN}")
    if isinstance(error, exceptions.ParseError):
        return error.status_code, CANNOT_PARSE, str(error.detail)
    if isinstance(error, exceptions.APIException):
        return _framework(error.status_code, str(error.detail))
    if isinstance(error, Http404):
        return _framework(404, "There is no API at this address.")
    if isinstance(error, PermissionDenied):
        return _framework(403, "You may not do this.")
    if isinstance(error, RequestDataTooBig):
        return _framework(413, TOO_LARGE)
    if isinstance(error, SuspiciousOperation | BadRequest | MultiPartParserError | UnreadablePostError):
        return _framework(400, UNREADABLE)
    log.error("A request in the Connect dialect failed unexpectedly", exc_info=error)
    return _framework(500, f"{ON_US} {ON_US_HINT}")


def _framework(status: int, text: str) -> tuple[int, int, str]:
    return status, CONNECT_CODES.get(status, CONNECT_CODES[400]), text


def _sentences(error: PlatformError) -> str:
    return f"{error.message} {error.hint}".strip()
