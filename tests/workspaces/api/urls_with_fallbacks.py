"""Addresses that go wrong, with the fallbacks that the project's URLconf names."""

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path

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


urlpatterns = [
    path(f"{prefix}{view.__name__}", view)
    for prefix in ("api/", "api/2.0/", "api/2.0/preview/scim/v2/", "")
    for view in (missing, forbidden, broken)
]
