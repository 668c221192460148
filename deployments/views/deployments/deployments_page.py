"""All deployments of an app, the newest first."""

from django.http import HttpRequest, HttpResponse

from deployments.models import App
from deployments.views import rows
from deployments.views.app_head import Tab, app_tab, show_tab
from deployments.views.deployments import package_counts
from deployments.views.numbers import number_in
from workspaces.principals import Principal


@app_tab(Tab.DEPLOYMENTS)
def app_deployments(request: HttpRequest, principal: Principal, app: App) -> HttpResponse:
    """A page of them; ``before`` is the last number of the page before."""
    history = package_counts.counted(app, rows.page_of(app, number_in(request.GET, "before")))
    context = {
        "history": history,
        "is_first_page": "before" not in request.GET,
        "is_any_in_flight": any(row.is_in_flight for row in history.rows),
    }
    return show_tab(request, principal, app, Tab.DEPLOYMENTS, context)
