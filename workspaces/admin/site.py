"""The one admin site: its door, and which of the framework's addresses it has."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, cast

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import URLPattern, URLResolver, path, reverse
from unfold.sites import UnfoldAdminSite

from workspaces import pages, sessions
from workspaces.admin import access
from workspaces.errors import Forbidden
from workspaces.models import User

#: The generic "view on site" would answer about rows of any workspace; passwords have pages of their own.
LEFT_OUT = frozenset({"view_on_site", "password_change_done"})


@dataclass(frozen=True)
class Page:
    """A page of the admin that is no table; ``section`` heads it in the sidebar."""

    route: str
    name: str
    title: str
    section: str
    view: Callable[..., HttpResponseBase]


class PlatformAdminSite(UnfoldAdminSite):  # type: ignore[misc]
    """Open to admins of workspaces and to site admins. Nothing but what is registered here is in it."""

    index_title = "Administration"

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.pages: list[Page] = []

    def page(
        self, route: str, *, name: str, title: str = "", section: str = ""
    ) -> Callable[[Callable[..., HttpResponseBase]], Callable[..., HttpResponseBase]]:
        """Make a view a page of the admin for whoever may enter it; without a section it is in no list."""

        def register(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
            self.pages.append(Page(route, name, title, section, view))
            return view

        return register

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
        own = [path(page.route, self.admin_view(page.view), name=page.name) for page in self.pages]
        kept = [pattern for pattern in super().get_urls() if getattr(pattern, "name", None) not in LEFT_OUT]
        return [path("switch/<slug:workspace>/", self.admin_view(self.switch), name="switch"), *own, *kept]

    def switch(self, request: HttpRequest, workspace: str) -> HttpResponse:
        """Administer another workspace of one's own, here and in the pages."""
        if workspace not in access.administered_workspaces(cast(User, request.user)).values_list("slug", flat=True):
            raise Http404
        sessions.enter(request, workspace)
        return redirect("admin:index")

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[dict[str, Any]]:
        """The tables, and the other pages under their sections."""
        found: list[dict[str, Any]] = super().get_app_list(request, app_label)
        if app_label is None and self.has_permission(request):
            sections = dict.fromkeys(page.section for page in self.pages if page.section)
            found += [_section(name, self.pages) for name in sections]
        return found

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


def _section(name: str, pages: list[Page]) -> dict[str, Any]:
    links = [
        {
            "name": page.title,
            "object_name": page.name,
            "admin_url": reverse(f"admin:{page.name}"),
            "add_url": None,
            "view_only": True,
            "perms": {"view": True, "add": False, "change": False, "delete": False},
        }
        for page in pages
        if page.section == name
    ]
    first = links[0]["admin_url"]
    return {"name": name, "app_label": name.lower(), "app_url": first, "has_module_perms": True, "models": links}


site = PlatformAdminSite(name="admin")
