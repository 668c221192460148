"""Pages are for members of a workspace: strangers learn nothing, not even that it exists."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from workspaces import sessions
from workspaces.errors import NotFound, PlatformError
from workspaces.models import Workspace
from workspaces.principals import Principal

#: Called with the request, then the principal, then what the address holds.
MemberView = Callable[..., HttpResponseBase]
#: What browsers send. Anything else would be taken for reading, and answered as if it had been done.
METHODS = ["GET", "HEAD", "POST"]
#: Somebody who was asked to sign in comes back to where they were, if that can be got at all.
READING = ("GET", "HEAD")


def for_members(view: MemberView) -> Callable[..., HttpResponseBase]:
    """Give the view the signed-in person in the workspace of its address; strangers to it find nothing.

    Wraps ``view(request, principal, …)`` as ``view(request, workspace=slug, …)``.
    """

    @wraps(view)
    @require_http_methods(METHODS)
    @never_cache
    def entered(request: HttpRequest, workspace: str, **arguments: Any) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return sign_in_first(request)
        principal = sessions.enter(request, workspace)
        if principal is None:
            raise _nothing_here(request, workspace)
        return view(request, principal, **arguments)

    return entered


def for_signed_in(view: MemberView) -> Callable[..., HttpResponseBase]:
    """Give the view the signed-in person in the workspace they last opened."""

    @wraps(view)
    @require_http_methods(METHODS)
    @never_cache
    def entered(request: HttpRequest, **arguments: Any) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return sign_in_first(request)
        principal = sessions.current(request)
        if principal is None:
            return render(request, "workspaces/no_workspace.html", status=403)
        return view(request, principal, **arguments)

    return entered


def _nothing_here(request: HttpRequest, slug: str) -> Exception:
    """Site admins know which workspaces there are; for all others a foreign one looks like none."""
    named = Workspace.objects.filter(slug=slug).first() if getattr(request.user, "is_superuser", False) else None
    if named is None:
        return Http404()
    return NotFound(
        f"You are not a member of {named.name}, whose pages are for its members.",
        "As a site admin you see it in the administration. To be a member, ask one of its admins to invite you.",
    )


def sign_in_first(request: HttpRequest, **more: str) -> HttpResponse:
    """Ask for it, and come back to this address, with ``more`` in its query."""
    if request.method not in READING:
        return redirect_to_login("/")
    query = request.GET.copy()
    query.update(more)
    return redirect_to_login(f"{request.path}?{query.urlencode()}" if query else request.get_full_path())


def show(
    request: HttpRequest,
    principal: Principal,
    template: str,
    context: dict[str, Any] | None = None,
    *,
    status: int = 200,
) -> HttpResponse:
    """Render a page with the header of the principal's workspace."""
    frame = {"principal": principal, "workspace": principal.workspace, "workspaces": _workspaces(principal)}
    return render(request, template, frame | (context or {}), status=status)


def _workspaces(principal: Principal) -> list[Workspace]:
    living = Workspace.objects.filter(memberships__user=principal.user, memberships__deactivated_at=None)
    return list(living.order_by("name", "id"))


@contextmanager
def told(request: HttpRequest, done: str) -> Iterator[None]:
    """Say ``done`` on the next page, or the sentence of whatever refused it."""
    try:
        yield
    except PlatformError as error:
        messages.error(request, f"{error.message} {error.hint}".strip())
    else:
        messages.success(request, done)
