"""What a deployment is made of: a page for each, and a tab of the app for the one that serves."""

from django.http import HttpRequest, HttpResponse

from deployments.models import App, Deployment
from deployments.packages import files, locks
from deployments.views.app_head import Tab, app_tab, show_tab
from deployments.views.finding import find_app, find_deployment
from deployments.views.numbers import number_in
from deployments.views.packages import differences
from deployments.views.packages.package_rows import table_of
from workspaces.pages import for_members, show
from workspaces.principals import Principal


@for_members
def deployment_packages(request: HttpRequest, principal: Principal, name: str, number: int) -> HttpResponse:
    """``?q=`` searches; ``?with=3`` compares with another deployment than the one that served before.

    That may be one ``&of=`` another app.
    """
    app = find_app(principal, name)
    found = find_deployment(principal, app, number)
    other, its_app = number_in(request.GET, "with"), request.GET.get("of", "").strip() or name
    if other is None:
        earlier = locks.served_before(found)
    else:
        earlier = find_deployment(principal, find_app(principal, its_app), other)
    context = _told(request, app, found) | _compared(earlier, found) | {"compared_by_choice": other is not None}
    return show(request, principal, "deployments/deployment_packages.html", context)


@app_tab(Tab.PACKAGES)
def app_packages(request: HttpRequest, principal: Principal, app: App) -> HttpResponse:
    active = find_deployment(principal, app, app.active_deployment.number) if app.active_deployment else None
    context = _told(request, app, active) if active else {}
    return show_tab(request, principal, app, Tab.PACKAGES, context)


@for_members
def requirements_lock(request: HttpRequest, principal: Principal, name: str, number: int) -> HttpResponse:
    app = find_app(principal, name)
    return files.requirements_lock(app, find_deployment(principal, app, number))


@for_members
def sbom(request: HttpRequest, principal: Principal, name: str, number: int) -> HttpResponse:
    app = find_app(principal, name)
    return files.sbom(app, find_deployment(principal, app, number))


def changes_of(found: Deployment) -> dict[str, object]:
    """What changed since the deployment before it, in short, for its page."""
    return _compared(locks.served_before(found), found, differences.SHOWN_PACKAGES) if found.lock else {}


def _told(request: HttpRequest, app: App, found: Deployment) -> dict[str, object]:
    told: dict[str, object] = {"app": app, "deployment": found}
    if found.lock is not None:
        told["table"] = table_of(locks.of(app, found), request.GET.get("q", ""), locks.needs_of(found))
    return told


def _compared(earlier: Deployment | None, found: Deployment, shown: int | None = None) -> dict[str, object]:
    if earlier is None or earlier.lock is None or found.lock is None:
        return {}
    if earlier.app_id == found.app_id:
        earlier.app = found.app
    before, after = locks.of(earlier.app, earlier), locks.of(found.app, found)
    changes = differences.of_packages(before, after, shown)
    return {"earlier": earlier, "changes": changes, "is_of_another_app": earlier.app_id != found.app_id}
