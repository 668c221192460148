"""What answers when no view does: unknown addresses, and requests that Django itself refuses.

Under /api/ and /__api__/ in the address's dialect of errors, elsewhere as Django's own pages.
"""

import sys

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views import defaults
from django.views.decorators.csrf import csrf_exempt

from workspaces import database_absence, errors_as_pages
from workspaces.api import error_shapes, errors
from workspaces.errors import PlatformError

API_PREFIXES = ("/api/", "/__api__/")


# A program's POST to a mistyped address wants to read that the address is wrong, not that a CSRF token is missing.
@csrf_exempt
def unknown_address(request: HttpRequest) -> HttpResponse:
    return _error(request, 404, "not_found", errors.NOTHING_HERE, errors.NOTHING_HERE_HINT)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """The project's ``handler400``: a foreign Host header, a body that was cut off."""
    if not _is_api(request):
        return defaults.bad_request(request, exception)
    hint = "Check the address and its Host header, then send it again."
    return _error(request, 400, "invalid", errors.UNREADABLE, hint)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """The project's ``handler403``."""
    if not _is_api(request):
        return defaults.permission_denied(request, exception)
    return _error(request, 403, "forbidden", "You may not do this.", "")


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """The project's ``handler404``."""
    return unknown_address(request) if _is_api(request) else defaults.page_not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    """The project's ``handler500``. Django has logged the traceback by now."""
    if not _is_api(request):
        return _absence(request) or defaults.server_error(request)
    return _error(request, 500, "internal", errors.ON_US, errors.ON_US_HINT)


def _absence(request: HttpRequest) -> HttpResponse | None:
    """The page for a database that was away before any view was asked."""
    error = sys.exception()
    understood = database_absence.understood(error) if isinstance(error, Exception) else error
    return errors_as_pages.answer(request, understood) if isinstance(understood, PlatformError) else None


def _is_api(request: HttpRequest) -> bool:
    return request.path.startswith(API_PREFIXES)


def _error(request: HttpRequest, status: int, code: str, message: str, hint: str) -> HttpResponse:
    content = error_shapes.content(request.path, status, code, message, hint)
    return JsonResponse(content, status=status, headers={"Cache-Control": "no-store"})
