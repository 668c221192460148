"""Where a client of Connect sends people to look at what it has deployed without activating it."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from deployments.views.finding import find_app
from workspaces.errors import NotFound
from workspaces.pages import for_members
from workspaces.principals import Principal


@for_members
def draft(request: HttpRequest, principal: Principal, name: str, bundle: int) -> HttpResponse:
    """Leads to the page of the newest deployment of that bundle, which shows its preview."""
    app = find_app(principal, name)
    newest = app.deployments.filter(bundle=bundle).order_by("-number").first()
    if newest is None:
        raise NotFound(f"The bundle {bundle} was never deployed to “{app.name}”.", "Its page lists what was.")
    return redirect("deployment", principal.workspace.slug, app.name, newest.number)
