"""Giving a new app its name, the address that comes with it, and what it begins with."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import redirect

from deployments.forms.creation import NewAppForm, problem_with_name
from deployments.models import App
from deployments.models.app import origin_of
from deployments.operations import apps, examples
from deployments.views import commands
from workspaces.errors import PlatformError
from workspaces.pages import for_members, show
from workspaces.principals import Principal


@for_members
def new_app(request: HttpRequest, principal: Principal) -> HttpResponse:
    """The form: a name, and the source to begin with, which is one's own (uploaded next) or one of the examples."""
    form = NewAppForm(_sent(request) if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            return _created(principal, form.cleaned_data["name"], request.POST.get("example", ""))
        except PlatformError as error:
            form.add_error("name", f"{error.message} {error.hint}".strip())
    context = commands.context(request) | {
        "form": form,
        "example_address": _address("name", principal),
        "examples": examples.catalogue(),
        "chosen": request.POST.get("example", ""),
    }
    return show(request, principal, "deployments/new_app.html", context, status=400 if form.errors else 200)


def _sent(request: HttpRequest) -> QueryDict:
    """With the example's own name for an app that was given none."""
    sent = request.POST.copy()
    if not sent.get("name"):
        sent["name"] = sent.get("example", "")
    return sent


def _created(principal: Principal, name: str, example: str) -> HttpResponse:
    if example:
        deployment = examples.create_app(principal, name=name, example=example)
        return redirect("deployment", principal.workspace.slug, name, deployment.number)
    return redirect("deploy", principal.workspace.slug, apps.create(principal, name=name).name)


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
