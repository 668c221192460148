"""The settings of an app, and its deletion."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from deployments.forms.leaving import DeletionForm, HandOverForm
from deployments.forms.runtime import ConfigureForm, ScalingForm
from deployments.forms.settings import SettingsForm
from deployments.models import App, BaseImageVersion
from deployments.operations import apps, base_image_rows, scaling
from deployments.pipeline import platform
from deployments.views.app_head import Tab, app_tab, show_tab
from deployments.views.finding import find_app
from workspaces.errors import PlatformError
from workspaces.models import Membership
from workspaces.pages import for_members, told
from workspaces.principals import Principal

#: What the next deployment takes with it; the others act at once.
COPIED_AT_REQUEST = frozenset(
    {"command", "readiness_path", "startup_s", "start_timeout_s", "environment_management", "installer"}
)


@app_tab(Tab.SETTINGS)
def app_settings(request: HttpRequest, principal: Principal, app: App) -> HttpResponse:
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


@for_members
def hand_over(request: HttpRequest, principal: Principal, name: str) -> HttpResponse:
    app = find_app(principal, name)
    form = HandOverForm(_candidates(principal, app), request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        member = Membership.objects.select_related("user").find(principal, user__uuid=form.cleaned_data["owner"])
        with told(request, f"{member.user} owns “{app.name}” now."):
            apps.hand_over(principal, app, member.user)
    elif request.method == "POST":
        messages.error(request, "Choose one of the workspace's members.")
    return redirect("app-settings", principal.workspace.slug, app.name)


def _candidates(principal: Principal, app: App) -> list[Membership]:
    living = Membership.objects.visible_to(principal).filter(deactivated_at=None, user__is_active=True)
    return list(living.exclude(user=app.owner_id).select_related("user").order_by("user__email"))


def _pythons_missing(version: BaseImageVersion) -> str:
    """The Pythons that it is for, if none of them is installed here."""
    here = any(version.exists_for(interpreter.minor) for interpreter in platform.interpreters())
    return "" if here else ", ".join(version.pythons)


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
    images = base_image_rows.usable(app.workspace)
    newest = base_image_rows.newest_of(images)
    context = {
        "form": form,
        "deletion": deletion,
        "configure": ConfigureForm(app, images),
        "max_instances": settings.MAX_INSTANCES,
        "images": [(image, _pythons_missing(newest[image.pk])) for image in images],
        "may_choose_libraries": scaling.Runtime.of(app).may_choose,
        "opt_out": app.opt_out_previews.first(),
        "scaling": ScalingForm(initial={"instances": max(app.instances, 1 if app.scaling == "horizontal" else 2)}),
        "hand_over": HandOverForm(_candidates(principal, app)),
        "may_hand_over": principal.is_admin or app.owner_id == principal.pk,
        "undo_days": settings.UNDO_DAYS,
    }
    status = 400 if form.errors or deletion.errors else 200
    return show_tab(request, principal, app, Tab.SETTINGS, context, status=status)
