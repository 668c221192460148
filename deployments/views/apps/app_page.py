"""One app at a glance: its address, what runs, what happened last, and its switches."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache

from deployments import doors
from deployments.metrics import series
from deployments.metrics.series import Range
from deployments.models import App, Deployment, InstanceState
from deployments.models.app import label_of
from deployments.models.requested_settings import RequestedSettings
from deployments.operations import apps
from deployments.views import commands, rows
from deployments.views.app_head import Tab, app_tab, show_tab
from deployments.views.apps import recent_events
from deployments.views.finding import find_app
from deployments.views.graphs.panels import panel
from workspaces import principals
from workspaces.pages import for_members, show, sign_in_first, told
from workspaces.principals import Principal


@app_tab(Tab.OVERVIEW)
def app(request: HttpRequest, principal: Principal, found: App) -> HttpResponse:
    """The overview. With ``?part=graphs`` only they, with ``live`` all else that changes by itself."""
    part = request.GET.get("part")
    if part == "graphs":
        return show(request, principal, "deployments/_graphs.html", {"app": found} | _graphs(request, found))
    context = commands.context(request) | {
        "events": recent_events.of(principal, found),
        "active": _active(found),
    }
    drawn = {} if part == "live" else _graphs(request, found)
    return show_tab(request, principal, found, Tab.OVERVIEW, context | drawn)


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


def _graphs(request: HttpRequest, app: App) -> dict[str, object]:
    """Over the range of the address, an hour without; none of an app that never served."""
    word = request.GET.get("range", "")
    wanted = Range(word) if word in list(Range) else Range.HOUR
    if app.active_deployment is None:
        return {"panel": None}
    found = series.of(app, wanted, timezone.now())
    return {"panel": panel(found, series.activations(app, found))}


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
        "python": _python(deployment),
        "settings": RequestedSettings.from_json(deployment.settings),
        "row": rows.DeploymentRow(deployment, None),
    }


def _python(deployment: Deployment) -> str:
    """The version it was built for, which a deployment from before there was a launch does not tell."""
    return str((deployment.launch or {}).get("python_version", ""))
