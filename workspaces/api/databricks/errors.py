"""The Databricks dialect of errors: ``{"error_code", "message"}``.

The clients choose their exception by the code first, then by the status. They try a 429 or 503 again for minutes,
also of a POST, so neither is ever answered.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.exceptions import BadRequest, PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.http import Http404, HttpRequest, JsonResponse, UnreadablePostError
from django.views.decorators.csrf import csrf_exempt
from rest_framework import exceptions, status
from rest_framework.response import Response
from rest_framework.views import set_rollback

from workspaces import database_absence
from workspaces.api.error_shapes import DATABRICKS_CODES as CODES
from workspaces.api.errors import ON_US, ON_US_HINT, TOO_LARGE, UNREADABLE
from workspaces.errors import Conflict, ErrorKind, PlatformError

log = logging.getLogger(__name__)

#: Status and code of what an operation refuses.
KINDS = {
    ErrorKind.NOT_FOUND: (404, "RESOURCE_DOES_NOT_EXIST"),
    ErrorKind.FORBIDDEN: (403, "PERMISSION_DENIED"),
    ErrorKind.INVALID: (400, "INVALID_PARAMETER_VALUE"),
    ErrorKind.CONFLICT: (400, "INVALID_STATE"),
    ErrorKind.LIMIT: (400, "RESOURCE_LIMIT_EXCEEDED"),
    ErrorKind.DISK_FULL: (507, "INSUFFICIENT_STORAGE"),
    ErrorKind.UNAVAILABLE: (500, "INTERNAL_ERROR"),
}
SIGN_IN = "Send 'Authorization: Bearer <token>' with a token that was made in the workspace."


class Refused(Exception):
    """What an operation refuses, where an address has a status and code of its own for it."""

    def __init__(self, error: PlatformError, status: int, code: str) -> None:
        super().__init__(error.message)
        self.error, self.status, self.code = error, status, code


class AlreadyExists(Refused):
    """A ``Conflict`` about a name. Classic addresses answer it with 400, newer ones with 409."""

    def __init__(self, conflict: Conflict, status: int = 400) -> None:
        super().__init__(conflict, status, "RESOURCE_ALREADY_EXISTS")


@contextmanager
def already_exists(status: int = 400) -> Iterator[None]:
    """Around a creation: what conflicts there is a name that is taken."""
    try:
        yield
    except Conflict as conflict:
        raise AlreadyExists(conflict, status) from conflict


def handle(error: Exception, context: dict[str, Any]) -> Response:
    """Every error of a view of the dialect; what nobody foresaw is logged and gives no details away."""
    set_rollback()
    number, code, message = explain(error)
    return Response({"error_code": code, "message": message}, status=number, headers=headers(error))


def explain(error: Exception) -> tuple[int, str, str]:
    """Status, code and sentences of an error."""
    error = database_absence.understood(error)
    if isinstance(error, Refused):
        return error.status, error.code, _sentences(error.error)
    if isinstance(error, PlatformError):
        return *KINDS[error.kind], _sentences(error)
    if isinstance(error, exceptions.NotAuthenticated | exceptions.AuthenticationFailed):
        return _framework(error.status_code, f"{error.detail} {SIGN_IN}")
    if isinstance(error, exceptions.APIException):
        return _framework(error.status_code, str(error.detail))
    if isinstance(error, Http404):
        return _framework(404, "There is no API at this address.")
    if isinstance(error, PermissionDenied):
        return _framework(403, "You may not do this.")
    if isinstance(error, RequestDataTooBig):
        return _framework(413, TOO_LARGE)
    if isinstance(error, SuspiciousOperation | BadRequest | UnreadablePostError):
        return _framework(400, UNREADABLE)
    log.error("A request in the Databricks dialect failed unexpectedly", exc_info=error)
    return status.HTTP_500_INTERNAL_SERVER_ERROR, "INTERNAL_ERROR", f"{ON_US} {ON_US_HINT}"


def headers(error: Exception) -> dict[str, str]:
    """What belongs to an error besides its text."""
    challenge = getattr(error, "auth_header", None)
    return {"WWW-Authenticate": challenge} if challenge else {}


# A client's POST to what is not offered wants to read that, not that a CSRF token is missing.
@csrf_exempt
def unknown_address(request: HttpRequest) -> JsonResponse:
    return refusal(f"Slipway has no API for '{request.method} {request.path[:200]}'.")


@csrf_exempt
def no_oauth(request: HttpRequest) -> JsonResponse:
    """Where a client with a client id and a secret, or with a browser, would sign in."""
    return refusal("Slipway offers no OAuth. Use a token: make one in the workspace, and set DATABRICKS_TOKEN.")


def refusal(message: str) -> JsonResponse:
    content = {"error_code": CODES[404], "message": message}
    return JsonResponse(content, status=404, headers={"Cache-Control": "no-store"})


def _framework(number: int, message: str) -> tuple[int, str, str]:
    return number, CODES.get(number, "BAD_REQUEST"), message


def _sentences(error: PlatformError) -> str:
    return f"{error.message} {error.hint}".strip()
