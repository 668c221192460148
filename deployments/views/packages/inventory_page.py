"""Which packages the workspace's apps use, and who uses one of them."""

from django.http import HttpRequest, HttpResponse

from deployments.packages import inventory
from deployments.views.numbers import number_in
from deployments.views.packages.package_rows import origin_of
from workspaces.pages import for_members, show
from workspaces.principals import Principal

PAGE_SIZE = 50


@for_members
def package_inventory(request: HttpRequest, principal: Principal) -> HttpResponse:
    """What serves, searched by ``?q=``; with ``?name=`` every deployment that holds that one package."""
    if name := inventory.canonical(request.GET.get("name", "")):
        return _uses(request, principal, name)
    search = inventory.canonical(request.GET.get("q", ""))
    after = inventory.canonical(request.GET.get("after", ""))
    found = inventory.in_use(principal, containing=search, after=after, limit=PAGE_SIZE + 1)
    shown = found[:PAGE_SIZE]
    context = {"packages": shown, "search": search, "after": after}
    if len(found) > PAGE_SIZE:
        context["next_after"] = shown[-1].name
    return show(request, principal, "deployments/inventory.html", context)


def _uses(request: HttpRequest, principal: Principal, name: str) -> HttpResponse:
    serving = request.GET.get("all") != "1"
    rows = inventory.uses(principal, name, serving=serving).order_by("-pk")
    if before := number_in(request.GET, "before"):
        rows = rows.filter(pk__lt=before)
    found = list(rows[: PAGE_SIZE + 1])
    shown = found[:PAGE_SIZE]
    context = {
        "name": name,
        "uses": [(deployment, origin_of(deployment)) for deployment in shown],
        "serving": serving,
        "next_before": shown[-1].pk if len(found) > PAGE_SIZE else None,
    }
    return show(request, principal, "deployments/package_uses.html", context)
