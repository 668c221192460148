"""One deployment: how it goes, what it says, and what can be done about it."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from deployments import layout
from deployments.models import App, Deployment, State
from deployments.operations import deployments
from deployments.views import rows
from deployments.views.deployments import progress
from deployments.views.finding import find_app, find_deployment
from deployments.views.logs import logs
from deployments.views.packages import differences, package_pages
from workspaces.errors import Conflict
from workspaces.pages import for_members, show, told
from workspaces.principals import Principal


@for_members
def deployment(request: HttpRequest, principal: Principal, name: str, number: int) -> HttpResponse:
    """The page, or with ``?part=live`` only what changes while it goes on."""
    app = find_app(principal, name)
    found = find_deployment(principal, app, number)
    if request.GET.get("part") == "live":
        return show(request, principal, "deployments/_deployment_parts.html", _live(app, found))
    # The log after the row: a finished row then never stands over a log that misses its end.
    context = _live(app, found) | {"log": logs.tail(layout.build_log(found))}
    return show(request, principal, "deployments/deployment.html", context)


@for_members
def cancel(request: HttpRequest, principal: Principal, name: str, number: int) -> HttpResponse:
    app = find_app(principal, name)
    found = find_deployment(principal, app, number)
    if request.method == "POST":
        with told(request, f"Deployment {found.number} is being cancelled. What serves keeps serving."):
            deployments.cancel(principal, app, found, now=timezone.now())
    return redirect("deployment", principal.workspace.slug, app.name, found.number)


@for_members
def activate(request: HttpRequest, principal: Principal, name: str, number: int) -> HttpResponse:
    """Asks first, saying what would change; then does it."""
    app = find_app(principal, name)
    found = find_deployment(principal, app, number)
    if request.method == "POST":
        with told(request, f"Deployment {found.number} is being activated again."):
            new = deployments.activate(principal, app, found)
            return redirect("deployment", principal.workspace.slug, app.name, new.number)
        return redirect("deployment", principal.workspace.slug, app.name, found.number)
    if not rows.row_of(found).can_be_activated:
        state = found.get_state_display().lower()
        raise Conflict(
            f"Deployment {found.number} of “{app.name}” is {state} and cannot be activated.",
            "Activate one that was active before, or deploy its source again.",
        )
    return show(request, principal, "deployments/activate.html", _change(principal, app, found))


def _live(app: App, found: Deployment) -> dict[str, object]:
    return {
        "app": app,
        "deployment": found,
        "row": rows.row_of(found),
        "marks": progress.marks(found),
        "is_active": found.state == State.ACTIVE,
    } | package_pages.changes_of(found)


def _change(principal: Principal, app: App, found: Deployment) -> dict[str, object]:
    active = app.active_deployment
    serving = find_deployment(principal, app, active.number) if active else None
    changed = differences.between(serving, found)
    return {"app": app, "deployment": found, "serving": serving, "differences": changed}
