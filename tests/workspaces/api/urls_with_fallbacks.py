"""Addresses that go wrong, with the fallbacks that the project's URLconf names."""

from collections.abc import Callable
from pathlib import Path

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path

from tests.absent_database import absence
from workspaces.api import fallbacks

handler400 = fallbacks.bad_request
handler403 = fallbacks.permission_denied
handler404 = fallbacks.not_found
handler500 = fallbacks.server_error


def missing(request: HttpRequest) -> HttpResponse:
    raise Http404


def forbidden(request: HttpRequest) -> HttpResponse:
    raise PermissionDenied


def broken(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("a secret of the inside")


class AbsentDatabase:
    """In the place of a middleware that asks the database before any view does."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        raise absence(Path("/nonexistent"))


urlpatterns = [
    path(f"{prefix}{view.__name__}", view)
    for prefix in ("api/", "api/2.0/", "api/2.0/preview/scim/v2/", "")
    for view in (missing, forbidden, broken)
]
