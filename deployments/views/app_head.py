"""The frame of an app's pages: its name and address, how it is, its switches and its tabs."""

from collections.abc import Callable
from enum import Enum
from functools import wraps

from django.http import HttpRequest, HttpResponse, HttpResponseBase

from deployments.models import App, AppState
from deployments.operations import pending_changes
from deployments.views import rows
from deployments.views.finding import find_app
from workspaces.pages import for_members, show
from workspaces.principals import Principal

HEAD = "deployments/_app_head.html"


class Tab(Enum):
    """The name of its address, its title, its template, and that of what changes by itself on it beside the head."""

    OVERVIEW = "app", "Overview", "deployments/app.html", "deployments/_app_parts.html"
    DEPLOYMENTS = (
        "app-deployments",
        "Deployments",
        "deployments/deployments.html",
        "deployments/_deployments_parts.html",
    )
    LOGS = "app-logs", "Logs", "deployments/logs.html", "deployments/_logs_parts.html"
    PACKAGES = "app-packages", "Packages", "deployments/app_packages.html"
    ENVIRONMENT = "app-environment", "Environment", "deployments/environment.html"
    ACCESS = "app-access", "Access", "deployments/access.html"
    SETTINGS = "app-settings", "Settings", "deployments/settings.html"

    def __init__(self, address: str, title: str, template: str, live: str = "") -> None:
        self.address = address
        self.title = title
        self.template = template
        self.live = live


TabView = Callable[[HttpRequest, Principal, App], HttpResponseBase]


def app_tab(tab: Tab) -> Callable[[TabView], Callable[..., HttpResponseBase]]:
    """Give the view the app of its address; the head alone, ``?part=head``, is answered here."""
    head_alone = {"head"} if tab.live else {"head", "live"}

    def decorate(view: TabView) -> Callable[..., HttpResponseBase]:
        @for_members
        @wraps(view)
        def entered(request: HttpRequest, principal: Principal, name: str) -> HttpResponseBase:
            app = find_app(principal, name)
            if request.GET.get("part") in head_alone:
                return show(request, principal, HEAD, of(app))
            return view(request, principal, app)

        return entered

    return decorate


def of(app: App) -> dict[str, object]:
    """For ``_app_head.html`` and what it stands above; ``is_changing`` lets the page look again soon by itself."""
    deployment = rows.newest_of([app]).get(app.pk)
    newest = rows.row_of(deployment) if deployment else None
    is_changing = app.state is AppState.STARTING or (newest is not None and newest.is_in_flight)
    return {"app": app, "newest": newest, "is_changing": is_changing, "pending": pending_changes.of(app)}


def show_tab(
    request: HttpRequest, principal: Principal, app: App, tab: Tab, context: dict[str, object], *, status: int = 200
) -> HttpResponse:
    """The page under its head, or with ``?part=live`` only what changes by itself."""
    frame = of(app) | {"tab": tab, "tabs": list(Tab)}
    template = tab.live if tab.live and request.GET.get("part") == "live" else tab.template
    return show(request, principal, template, frame | context, status=status)
