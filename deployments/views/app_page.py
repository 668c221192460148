"""One app: its address, what runs, what ran before, what it writes, and its switches."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from deployments import layout
from deployments.models import App, AppState, InstanceState
from deployments.operations import apps
from deployments.views import logs, rows
from deployments.views.finding import find_app
from deployments.views.numbers import number_in
from workspaces.pages import for_members, show, told
from workspaces.principals import Principal


@for_members
def app(request: HttpRequest, principal: Principal, name: str) -> HttpResponse:
    """The page, or with ``?part=live`` only what changes by itself."""
    found = find_app(principal, name)
    history = rows.page_of(found, number_in(request.GET, "before"))
    newest = rows.newest_of([found]).get(found.pk)
    context = {
        "app": found,
        "newest": rows.row_of(newest) if newest else None,
        "history": history,
        "is_first_page": "before" not in request.GET,
        "is_changing": found.state is AppState.STARTING or any(row.is_in_flight for row in history.rows),
        "active": _active(found),
        "server": settings.URL,
    }
    if request.GET.get("part") == "live":
        return show(request, principal, "deployments/_app_live.html", context)
    return show(request, principal, "deployments/app.html", context | {"log": logs.tail(layout.app_log(found))})


@for_members
def start(request: HttpRequest, principal: Principal, name: str) -> HttpResponse:
    found = find_app(principal, name)
    if request.method == "POST":
        with told(request, f"“{found.name}” is starting."):
            apps.start(principal, found)
    return redirect("app", principal.workspace.slug, found.name)


@for_members
def stop(request: HttpRequest, principal: Principal, name: str) -> HttpResponse:
    found = find_app(principal, name)
    if request.method == "POST":
        with told(request, f"“{found.name}” is stopping. Its address says so until you start it again."):
            apps.stop(principal, found)
    return redirect("app", principal.workspace.slug, found.name)


def _active(app: App) -> dict[str, object] | None:
    """What serves, with how many of its instances are healthy."""
    deployment = app.active_deployment
    if deployment is None:
        return None
    healthy = sum(instance.state == InstanceState.HEALTHY for instance in deployment.instances.all())
    return {
        "deployment": deployment,
        "healthy": healthy,
        "environment": deployment.environment,
        "row": rows.DeploymentRow(deployment, None),
    }
