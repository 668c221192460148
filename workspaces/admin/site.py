"""The one admin site: its door, and which of the framework's addresses it has."""

from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import URLPattern, URLResolver, path
from unfold.sites import UnfoldAdminSite

from workspaces import pages, sessions
from workspaces.admin import access
from workspaces.errors import Forbidden
from workspaces.models import User

#: The generic "view on site" would answer about rows of any workspace; passwords have pages of their own.
LEFT_OUT = frozenset({"view_on_site", "password_change_done"})


class PlatformAdminSite(UnfoldAdminSite):  # type: ignore[misc]
    """Open to admins of workspaces and to site admins. Nothing but what is registered here is in it."""

    index_title = "Administration"

    def has_permission(self, request: HttpRequest) -> bool:
        return access.may_enter(request)

    def admin_view(self, view: Callable[..., HttpResponseBase], cacheable: bool = False) -> Callable[..., Any]:
        inner = super().admin_view(view, cacheable)

        @wraps(inner)
        def entered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return pages.sign_in_first(request)
            if not self.has_permission(request):
                raise Forbidden(
                    "The administration is for admins of a workspace.", "Ask an admin of yours to make you one."
                )
            return cast(HttpResponseBase, inner(request, *args, **kwargs))

        return entered

    def get_urls(self) -> list[URLPattern | URLResolver]:
        kept = [pattern for pattern in super().get_urls() if getattr(pattern, "name", None) not in LEFT_OUT]
        return [path("switch/<slug:workspace>/", self.admin_view(self.switch), name="switch"), *kept]

    def switch(self, request: HttpRequest, workspace: str) -> HttpResponse:
        """Administer another workspace of one's own, here and in the pages."""
        if workspace not in access.administered_workspaces(cast(User, request.user)).values_list("slug", flat=True):
            raise Http404
        sessions.enter(request, workspace)
        return redirect("admin:index")

    def search(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponseBase:
        """Tables by their names; rows are searched in their own lists."""
        if request.GET.get("page", "1") != "1":
            raise Http404
        return cast(HttpResponseBase, super().search(request, extra_context))

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The platform's own sign-in, which limits guesses and asks for the second factor."""
        return redirect("admin:index") if request.user.is_authenticated else pages.sign_in_first(request)

    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return redirect("account_logout")

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return redirect("account_change_password")


site = PlatformAdminSite(name="admin")
