"""Our dialect of errors: ``{"code", "message", "hint"}``."""

import logging
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import set_rollback

from workspaces.errors import PlatformError

log = logging.getLogger(__name__)

SIGN_IN_HINT = "Send 'Authorization: Bearer <token>' with a token of this workspace."


def handle(error: Exception, context: dict[str, Any]) -> Response:
    """Every error of an API view as one shape; what nobody foresaw is logged and gives no details away."""
    set_rollback()
    if isinstance(error, PlatformError):
        return answer(error.kind.http_status, error.kind, error.message, error.hint)
    if isinstance(error, Http404):
        return answer(404, "not_found", "There is nothing at this address.", "See /api/v1/schema for what there is.")
    if isinstance(error, PermissionDenied):
        return answer(403, "forbidden", "You may not do this.")
    if isinstance(error, exceptions.APIException):
        return _of_framework(error)
    log.exception("An API request failed unexpectedly", exc_info=error)
    return answer(500, "internal", "Something went wrong on our side. This one is on us.", "Try again; the platform's log has the details.")


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
    if isinstance(error, exceptions.Throttled) and error.wait:
        headers["Retry-After"] = str(int(error.wait))
    return answer(error.status_code, str(error.default_code), str(error.detail), headers=headers)


def _first_sentence(detail: Any, field: str = "") -> str:
    if isinstance(detail, dict):
        name, inner = next(iter(detail.items()))
        return _first_sentence(inner, f"{field}.{name}" if field else str(name))
    if isinstance(detail, list):
        return _first_sentence(detail[0], field)
    return f"{field}: {detail}" if field and field != "non_field_errors" else str(detail)
