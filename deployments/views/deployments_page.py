"""All deployments of an app, the newest first."""

from django.http import HttpRequest, HttpResponse

from deployments.views import app_head, rows
from deployments.views.finding import find_app
from deployments.views.numbers import number_in
from workspaces.pages import for_members, show
from workspaces.principals import Principal


@for_members
def app_deployments(request: HttpRequest, principal: Principal, name: str) -> HttpResponse:
    """A page of them; ``before`` is the last number of the page before. ``?part=live`` is what changes by itself."""
    app = find_app(principal, name)
    history = rows.page_of(app, number_in(request.GET, "before"))
    context = app_head.of(app)
    context |= {
        "history": history,
        "is_first_page": "before" not in request.GET,
        "is_changing": context["is_changing"] or any(row.is_in_flight for row in history.rows),
    }
    part = request.GET.get("part") == "live"
    template = "deployments/_deployments_live.html" if part else "deployments/deployments.html"
    return show(request, principal, template, context)
