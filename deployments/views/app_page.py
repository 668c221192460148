"""One app at a glance: its address, what runs, what happened last, and its switches."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache

from deployments import doors
from deployments.models import App, InstanceState
from deployments.models.app import label_of
from deployments.operations import apps
from deployments.views import commands, rows
from deployments.views.app_head import Tab, app_tab, show_tab
from deployments.views.finding import find_app
from workspaces import principals
from workspaces.pages import for_members, sign_in_first, told
from workspaces.principals import Principal

#: Deployments on the overview; the tab *Deployments* has them all.
RECENT = 5


@app_tab(Tab.OVERVIEW)
def app(request: HttpRequest, principal: Principal, found: App) -> HttpResponse:
    context = commands.context(request) | {
        "recent": rows.page_of(found, None).rows[:RECENT],
        "active": _active(found),
    }
    return show_tab(request, principal, found, Tab.OVERVIEW, context)


@never_cache
def at_host(request: HttpRequest) -> HttpResponse:
    """Lead from an app's address, ``?host=``, to its page, for those who may see that. It starts nothing itself."""
    if not request.user.is_authenticated:
        return sign_in_first(request)
    host = request.GET.get("host", "")
    label = label_of(host)
    door = doors.find(label) if label else None
    if door is None or principals.of_user(request.user, door.app.workspace.slug) is None:
        return render(request, "deployments/app_closed.html", {"host": host[:300]}, status=403)
    return redirect("app", door.app.workspace.slug, door.app.name)


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
