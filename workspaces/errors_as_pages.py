"""Platform errors raised by a page, shown as a page with the same sentence."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import CsrfViewMiddleware
from django.shortcuts import render
from django.template.loader import render_to_string

from workspaces import database_absence
from workspaces.errors import ErrorKind, PlatformError


class FormMiddleware(CsrfViewMiddleware):
    """Django's check of a form's token, which is the first to read the form. Where it lies has to have room for it."""

    def process_view(self, request: HttpRequest, callback: Any, callback_args: Any, callback_kwargs: Any) -> Any:
        try:
            return super().process_view(request, callback, callback_args, callback_kwargs)
        except PlatformError as error:
            return answer(request, error)


class PlatformErrorMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        error = database_absence.understood(error)
        return answer(request, error) if isinstance(error, PlatformError) else None


def answer(request: HttpRequest, error: PlatformError) -> HttpResponse:
    """As a page, or as ``{"message", "hint"}`` to a page's script."""
    sentences, status = {"message": error.message, "hint": error.hint}, error.kind.http_status
    if request.headers.get("Accept") == "application/json":
        return JsonResponse(sentences, status=status)
    if error.kind is ErrorKind.UNAVAILABLE:
        # Without the request's own context: who is signed in stands in the database.
        return HttpResponse(render_to_string("error.html", sentences), status=status, headers={"Retry-After": "3"})
    return render(request, "error.html", sentences, status=status)
