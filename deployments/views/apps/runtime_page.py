"""What an app runs on, and how many times: scaling, conversion, and its base image, as parts of the page Settings."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from deployments.forms.runtime import ConfigureForm, ScalingForm
from deployments.models import App, Scaling
from deployments.operations import apps, base_image_rows
from deployments.views.finding import find_app
from workspaces.pages import for_members, told
from workspaces.principals import Principal


@for_members
def scale(request: HttpRequest, principal: Principal, name: str) -> HttpResponse:
    """Another number of instances, or conversion to a horizontally scaled app with so many."""
    app = find_app(principal, name)
    form = ScalingForm(request.POST)
    if request.method == "POST" and form.is_valid():
        number = form.cleaned_data["instances"]
        with told(request, _scaled(app, number)):
            apps.update(principal, app, scaling=Scaling.HORIZONTAL, instances=number)
    elif request.method == "POST":
        messages.error(request, " ".join(str(error) for errors in form.errors.values() for error in errors))
    return redirect("app-settings", principal.workspace.slug, app.name)


@for_members
def convert_back(request: HttpRequest, principal: Principal, name: str) -> HttpResponse:
    app = find_app(principal, name)
    if request.method == "POST":
        with told(request, _standard(app)):
            apps.update(principal, app, scaling=Scaling.STANDARD)
    return redirect("app-settings", principal.workspace.slug, app.name)


@for_members
def configure(request: HttpRequest, principal: Principal, name: str) -> HttpResponse:
    """The base image, and whether its libraries are used."""
    app = find_app(principal, name)
    form = ConfigureForm(app, base_image_rows.usable(app.workspace), request.POST)
    if request.method == "POST" and form.is_valid():
        changes = form.changes()
        with told(request, _configured(app) if changes else "Nothing was changed."):
            apps.update(principal, app, **changes)
    elif request.method == "POST":
        messages.error(request, " ".join(str(error) for errors in form.errors.values() for error in errors))
    return redirect("app-settings", principal.workspace.slug, app.name)


def _scaled(app: App, number: int) -> str:
    counted = f"{number} instance{'' if number == 1 else 's'}"
    if app.scaling == Scaling.STANDARD:
        return f"“{app.name}” is horizontally scaled now, with {counted} and the libraries it had."
    return f"Saved: {counted}, without a new deployment."


def _standard(app: App) -> str:
    if app.active_deployment is None:
        return f"“{app.name}” is a standard app now."
    return (
        f"“{app.name}” is a standard app now. It is being deployed on the standard image; "
        f"deployment {app.active_deployment.number} serves until that has passed its checks."
    )


def _configured(app: App) -> str:
    if app.active_deployment is None:
        return "Saved. The next deployment is built with it."
    return "Saved. The running deployment is not affected: deploy again to build with it."
