"""The page "Packages in use": which apps and deployments have a package, at which version, why, and from where."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponseBase
from django.template.response import TemplateResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from deployments.packages import inventory
from deployments.views.numbers import number_in
from deployments.views.packages.package_rows import origin_of
from workspaces.admin import access
from workspaces.admin.site import site
from workspaces.errors import NotFound
from workspaces.models import Workspace

TITLE = "Packages in use"
PAGE_SIZE = 50


@dataclass(frozen=True)
class Where:
    """``workspace`` is ``None`` for all of them; ``others`` are those that could be looked at instead."""

    workspace: Workspace | None
    others: Sequence[Workspace] = ()


@site.page("packages/", name="packages-in-use", title=TITLE, section="Compute")
@never_cache
@require_safe
def packages_in_use(request: HttpRequest) -> HttpResponseBase:
    """What serves, searched by ``?q=``; with ``?name=`` every deployment that holds that one package."""
    where = _where(request)
    if name := inventory.canonical(request.GET.get("name", "")):
        return _uses(request, where, name)
    search, after = (inventory.canonical(request.GET.get(key, "")) for key in ("q", "after"))
    found = inventory.in_use_in(where.workspace, containing=search, after=after, limit=PAGE_SIZE + 1)
    shown = found[:PAGE_SIZE]
    next_after = shown[-1].name if len(found) > PAGE_SIZE else None
    return _page(request, where, packages=shown, search=search, next_after=next_after, is_first=not after)


def _uses(request: HttpRequest, where: Where, name: str) -> HttpResponseBase:
    everything = request.GET.get("all") == "1"
    rows = inventory.uses_in(where.workspace, name, serving=not everything).order_by("-pk")
    if before := number_in(request.GET, "before"):
        rows = rows.filter(pk__lt=before)
    found = list(rows.select_related("app", "workspace").defer("settings", "launch", "findings")[: PAGE_SIZE + 1])
    shown = found[:PAGE_SIZE]
    return _page(
        request, where, name=name, uses=[(each, origin_of(each)) for each in shown], everything=everything,
        next_before=shown[-1].pk if len(found) > PAGE_SIZE else None, is_first=not before,
    )  # fmt: skip


def _where(request: HttpRequest) -> Where:
    """An admin's own workspace; site admins choose one, or see all. Raises ``NotFound``."""
    asked = request.GET.get("workspace", "")
    if not access.is_site_admin(request):
        principal = access.administers(request)
        if principal is None or asked not in {"", principal.workspace.slug}:
            raise NotFound("There is no such workspace.", "The switcher of workspaces lists yours.")
        return Where(principal.workspace)
    workspaces = list(Workspace.objects.order_by("name", "pk"))
    chosen = next((each for each in workspaces if each.slug == asked), None)
    if asked and chosen is None:
        raise NotFound("There is no such workspace.", "Choose one of the list.")
    return Where(chosen, workspaces)


def _page(request: HttpRequest, where: Where, **context: object) -> TemplateResponse:
    shown = {
        **site.each_context(request),
        "title": TITLE,
        "subtitle": where.workspace.name if where.workspace else "All workspaces",
        "workspace": where.workspace,
        "workspaces": where.others,
        "all_workspaces": True,
        "kept": [(key, value) for key in ("name", "all", "q") if (value := request.GET.get(key))],
        "next_after": None,
        "next_before": None,
        **context,
    }
    return TemplateResponse(request, "admin/packages_in_use.html", shown)
