"""Giving a new app its name, and the address that comes with it."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect

from deployments.forms import NewAppForm, problem_with_name
from deployments.models import App
from deployments.models.app import origin_of
from deployments.operations import apps
from workspaces.errors import PlatformError
from workspaces.pages import for_members, show
from workspaces.principals import Principal


@for_members
def new_app(request: HttpRequest, principal: Principal) -> HttpResponse:
    form = NewAppForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            app = apps.create(principal, name=form.cleaned_data["name"])
        except PlatformError as error:
            form.add_error("name", f"{error.message} {error.hint}".strip())
        else:
            return redirect("deploy", principal.workspace.slug, app.name)
    context = {"form": form, "example_address": _address("name", principal), "server": settings.URL}
    return show(request, principal, "deployments/new_app.html", context, status=400 if form.errors else 200)


@for_members
def app_name(request: HttpRequest, principal: Principal) -> HttpResponse:
    """Whether ``?name=`` is free, as JSON: ``{"problem": "", "address": "http://hello-demo.apps.localhost:8000"}``."""
    name = request.GET.get("name", "").replace("\0", "")
    problem = problem_with_name(name)
    if not problem and App.objects.visible_to(principal).filter(name=name).exists():
        problem = f"There is an app “{name}” in {principal.workspace} already."
    return JsonResponse({"problem": problem, "address": "" if problem else _address(name, principal)})


def _address(name: str, principal: Principal) -> str:
    """The address the app would get now; another could take it before."""
    label = apps.free_host_label(name, principal.workspace.slug)
    return origin_of(f"{label}.{settings.APPS_DOMAIN}")
