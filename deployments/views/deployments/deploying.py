"""Source coming in: uploaded, or deployed again."""

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse

from deployments.models import App, Deployment
from deployments.operations import bundles, deployments, fixes, redeploys
from deployments.views import commands
from deployments.views.deployments import carried_over
from deployments.views.finding import find_app, find_deployment
from workspaces import errors_as_pages
from workspaces.errors import Invalid, PlatformError
from workspaces.pages import for_members, show, told
from workspaces.principals import Principal


@for_members
def deploy(request: HttpRequest, principal: Principal, name: str) -> HttpResponse:
    """The form, and its upload: as one archive, which the page's script may have packed from a folder."""
    app = find_app(principal, name)
    if request.method == "POST":
        return _upload(request, principal, app)
    return show(request, principal, "deployments/deploy.html", commands.context(request) | {"app": app})


@for_members
def deploy_again(request: HttpRequest, principal: Principal, name: str, number: int) -> HttpResponse:
    """The same source once more, with the app's settings as they are now; what was given for it alone goes before
    them, unless ``carry`` is ``0``. Asks first, saying what would be carried over; then does it."""
    app = find_app(principal, name)
    earlier = find_deployment(principal, app, number)
    if request.method != "POST":
        rebuild = request.GET.get("rebuild") == "1"
        context = {"app": app, "deployment": earlier, "rebuild": rebuild, "carried": carried_over.of(app, earlier)}
        return show(request, principal, "deployments/deploy_again.html", context)
    carrying, rebuild = request.POST.get("carry") != "0", request.POST.get("rebuild") == "1"
    with told(request, f"The source of deployment {earlier.number} is being deployed again."):
        new = redeploys.again(principal, app, earlier, carrying=carrying, rebuild=rebuild)
        return redirect("deployment", principal.workspace.slug, app.name, new.number)
    return redirect("deployment", principal.workspace.slug, app.name, earlier.number)


@for_members
def fix(request: HttpRequest, principal: Principal, name: str, number: int) -> HttpResponse:
    """The same source with the packages that the deployment was found to lack."""
    app = find_app(principal, name)
    lacking = find_deployment(principal, app, number)
    if request.method == "POST":
        added = ", ".join(fixes.missing_requirements(lacking))
        with told(request, f"The source of deployment {lacking.number} is being deployed with {added} added."):
            new = fixes.fix(principal, app, lacking)
            return redirect("deployment", principal.workspace.slug, app.name, new.number)
    return redirect("deployment", principal.workspace.slug, app.name, lacking.number)


def _upload(request: HttpRequest, principal: Principal, app: App) -> HttpResponse:
    wants_json = request.headers.get("Accept") == "application/json"
    try:
        deployment = _received(request, principal, app)
    except PlatformError as error:
        if wants_json:
            return errors_as_pages.answer(request, error)
        messages.error(request, f"{error.message} {error.hint}".strip())
        return redirect("deploy", principal.workspace.slug, app.name)
    address = reverse("deployment", args=[principal.workspace.slug, app.name, deployment.number])
    return JsonResponse({"location": address}, status=202) if wants_json else redirect(address)


def _received(request: HttpRequest, principal: Principal, app: App) -> Deployment:
    upload = request.FILES.get("source")
    if not isinstance(upload, UploadedFile):
        raise Invalid("No file was chosen.", "Choose a zip or tar.gz of your source folder.")
    bundle = bundles.receive(principal, upload.chunks())
    return deployments.request(principal, app, bundle=bundle)
