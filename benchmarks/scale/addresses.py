"""Every address of the platform that can be read, from its own table of addresses, filled with what was loaded.

A new page is here by itself. Only a placeholder of a new kind must be told what to stand for.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, get_resolver, reverse
from django.urls.resolvers import URLResolver

from benchmarks.scale import people
from benchmarks.scale.filling import Site
from deployments.models import App, Deployment, Environment
from packagerepos.models import ProhibitedPackage
from workspaces.admin.site import site as admin
from workspaces.admin.tenant import SiteAdminsOnly
from workspaces.models import AccessToken, Group, Invitation, Membership

#: Where other things are asked than what the platform holds: whether somebody is who they say, and where others are.
NOT_ASKED = (
    "healthz", "sign-in", "sign-out", "password", "account/confirm", "account/security", "account/connections",
    "account/password", "account/inactive", "oidc/", "open", "manage",
)  # fmt: skip
#: What programs ask, and the admin's addresses, which its tables tell.
NOT_PAGES = ("admin/", "api/", ".well-known", "__api__", "content/")
PLACEHOLDER = re.compile(r"<(?:\w+:)?(\w+)>")
#: Ends of addresses at which one of many is to be looked at another way.
MORE = {
    "w/<slug:workspace>/apps": ("?after=a",),
    "w/<slug:workspace>/packages": ("?q=package-1", "?name=package-1", "?name=package-1&all=1", "?after=a"),
    "/apps/<slug:name>": ("?part=live",),
    "/apps/<slug:name>/deployments": ("?before=3", "?part=live"),
    "/apps/<slug:name>/logs": ("?q=ERROR", "?q=nothing+such"),
    "/apps/<slug:name>/deployments/<int:number>": ("?part=live",),
    "/apps/<slug:name>/packages": ("?q=package-1",),
    "_changelist": ("?q=app-2",),
}
#: The same, where it takes many rows to tell.
STILL_MORE = {"_changelist": ("?o=1", "?p=2")}


class NoSuchPlaceholder(Exception):
    """An address has a placeholder that this module cannot fill."""


@dataclass(frozen=True)
class Address:
    """``route`` as the table has it; ``path`` with its placeholders filled. ``as_root``: by a site admin."""

    route: str
    path: str
    as_root: bool = False

    @property
    def is_api(self) -> bool:
        return self.route.startswith(("api/", ".well-known"))


def pages(site: Site, *, thoroughly: bool = False) -> Iterator[Address]:
    """The pages, and those of the admin as an admin of the workspace and as one of the site."""
    more = (MORE, STILL_MORE) if thoroughly else (MORE,)
    for address in (*_pages(site), *_admin_pages(site)):
        yield address
        # A site admin's differ by what they are filtered for, which the first of each tells.
        if thoroughly or not address.as_root:
            yield from (variant for ends in more for variant in _variants(address, ends))


def _pages(site: Site) -> Iterator[Address]:
    fill = Filling(site)
    for route, _ in _routes(get_resolver()):
        if not route.lstrip("^").startswith((*NOT_PAGES, *NOT_ASKED)):
            yield Address(route, fill.path(route))


def readable(site: Site) -> Iterator[Address]:
    """What our API answers to GET, where its placeholders are known."""
    fill = Filling(site)
    for route, pattern in _routes(get_resolver()):
        view = getattr(pattern.callback, "view_class", None)
        if route.startswith("api/v1") and hasattr(view, "get") and not route.endswith(("/log", "/difference", "^/.*$")):
            yield Address(route, fill.path(route))


def _admin_pages(site: Site) -> Iterator[Address]:
    for as_root in (False, True):
        yield Address("admin/", reverse("admin:index"), as_root)
        for page in admin.pages:
            yield Address(f"admin/{page.route}", reverse(f"admin:{page.name}"), as_root)
        for model, table in admin._registry.items():
            name = f"{model._meta.app_label}_{model._meta.model_name}"
            if isinstance(table, SiteAdminsOnly) and not as_root:
                continue
            listed = reverse(f"admin:{name}_changelist")
            yield Address(f"admin/{name}_changelist", listed, as_root)
            row = _row(model, site)
            if row is not None:
                yield Address(f"admin/{name}_change", reverse(f"admin:{name}_change", args=[row.pk]), as_root)


def _row(model: Any, site: Site) -> Any:
    rows = model._default_manager.order_by("pk")
    names = {field.name for field in model._meta.fields}
    return rows.filter(workspace=site.tenant.workspace).first() if "workspace" in names else rows.first()


def _variants(address: Address, ends: Mapping[str, Iterable[str]]) -> Iterator[Address]:
    for end, queries in ends.items():
        if address.route.endswith(end):
            yield from (Address(f"{address.route} {query}", address.path + query, address.as_root) for query in queries)


def _routes(resolver: URLResolver, prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    for pattern in resolver.url_patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            yield route, pattern
        elif route != "admin/":
            yield from _routes(pattern, route)


class Filling:
    """What placeholders stand for: of the first workspace, of the app with the most deployments."""

    def __init__(self, site: Site) -> None:
        own = {"workspace": site.tenant.workspace}
        self._site = site
        self._app = App.objects.get(pk=site.loaded.app)
        member = Membership.objects.filter(**own).order_by("pk")[1]
        self._words = {
            "workspace": site.tenant.workspace.slug,
            "key": "key-0",
            "grantee": "users",
            "bundle": str(Deployment.objects.get(app=self._app, number=site.loaded.newest).bundle_id),
            "text": people.invitation(site.tenant.workspace.slug, 0),
            "app": _uuid(App.objects.filter(pk=site.loaded.deleted)),
            "member": _uuid(Membership.objects.filter(pk=member.pk), "user__uuid"),
            "token": _uuid(AccessToken.objects.filter(**own, user=site.tenant.admin.user)),
            "invitation": _uuid(Invitation.objects.filter(**own)),
            "group": _uuid(Group.objects.filter(**own)),
        }
        listed = ProhibitedPackage.objects.filter(**own)[0].name
        self._names = {"/apps/": self._app.name, "/scopes/": "scope-0", "-packages/": listed}
        self._environment = Environment.objects.filter(**own)[0].key

    def path(self, route: str) -> str:
        """The address that ``route`` means."""
        return "/" + re.sub(r"[\^$]", "", PLACEHOLDER.sub(lambda found: self._word(found, route), route))

    def _word(self, found: "re.Match[str]", route: str) -> str:
        name, before = found[1], route[: found.start()]
        if name == "name":
            return next((word for end, word in self._names.items() if before.endswith(end)), self._app.name)
        if name == "number":
            # Only what does not serve can be activated.
            return "1" if route.endswith("/activate") else str(self._site.loaded.newest)
        if before.endswith("/environments/"):
            return self._environment
        if name not in self._words:
            raise NoSuchPlaceholder(f"What does {found[0]!r} stand for in {route!r}? Say it in {__name__}.Filling.")
        return self._words[name]


def _uuid(rows: Any, field: str = "uuid") -> str:
    return str(rows.order_by("pk").values_list(field, flat=True)[0])
