"""The settings of an app, and its deletion."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from deployments.forms import DeletionForm, SettingsForm
from deployments.models import App
from deployments.operations import apps
from deployments.views.finding import find_app
from workspaces.errors import PlatformError
from workspaces.pages import for_members, show, told
from workspaces.principals import Principal

#: What the next deployment takes with it; the others act at once.
COPIED_AT_REQUEST = frozenset({"command", "readiness_path", "startup_s", "start_timeout_s"})


@for_members
def app_settings(request: HttpRequest, principal: Principal, name: str) -> HttpResponse:
    app = find_app(principal, name)
    form = SettingsForm(request.POST) if request.method == "POST" else SettingsForm.of(app)
    if request.method == "POST" and form.is_valid() and _is_saved(request, principal, app, form):
        return redirect("app-settings", principal.workspace.slug, app.name)
    return _show(request, principal, app, form, DeletionForm(app))


@for_members
def delete(request: HttpRequest, principal: Principal, name: str) -> HttpResponse:
    app = find_app(principal, name)
    if request.method != "POST":
        return redirect("app-settings", principal.workspace.slug, app.name)
    form = DeletionForm(app, request.POST)
    if not form.is_valid():
        return _show(request, principal, app, SettingsForm.of(app), form)
    with told(request, f"“{app.name}” is deleted. For {settings.UNDO_DAYS} days you can restore it below."):
        apps.delete(principal, app, now=timezone.now())
    return redirect("apps", principal.workspace.slug)


def _is_saved(request: HttpRequest, principal: Principal, app: App, form: SettingsForm) -> bool:
    changes = form.changes_of(app)
    try:
        apps.update(principal, app, **changes)
    except PlatformError as error:
        form.add_error(None, f"{error.message} {error.hint}".strip())
        return False
    messages.success(request, _sentence(app, frozenset(changes)))
    return True


def _sentence(app: App, changed: frozenset[str]) -> str:
    if not changed:
        return "Nothing was changed."
    if changed & COPIED_AT_REQUEST and app.last_deployment_number:
        return "Saved. What starts the app is taken up by its next deployment: deploy again to use it now."
    return "Saved."


def _show(
    request: HttpRequest, principal: Principal, app: App, form: SettingsForm, deletion: DeletionForm
) -> HttpResponse:
    context = {"app": app, "form": form, "deletion": deletion, "undo_days": settings.UNDO_DAYS}
    status = 400 if form.errors or deletion.errors else 200
    return show(request, principal, "deployments/settings.html", context, status=status)
