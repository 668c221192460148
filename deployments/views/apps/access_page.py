"""Who may use an app at its address, and who may change it."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from deployments.forms.access import AccessForm
from deployments.models import App
from deployments.operations import access
from deployments.views.app_head import Tab, app_tab, show_tab
from workspaces.errors import PlatformError
from workspaces.models import BuiltinGroup, Group
from workspaces.principals import Principal


@app_tab(Tab.ACCESS)
def app_access(request: HttpRequest, principal: Principal, app: App) -> HttpResponse:
    listed = access.get(principal, app)
    groups = _groups(principal, listed.groups)
    form = AccessForm(groups, request.POST) if request.method == "POST" else AccessForm.of(groups, listed)
    if request.method == "POST" and form.is_valid() and _is_saved(request, principal, app, form):
        return redirect("app-access", principal.workspace.slug, app.name)
    status = 400 if form.errors else 200
    return show_tab(request, principal, app, Tab.ACCESS, {"form": form}, status=status)


def _groups(principal: Principal, listed: tuple[str, ...]) -> list[tuple[str, str]]:
    """Values and labels: those of everybody, then the workspace's own."""
    builtin = [(str(BuiltinGroup.USERS), "users, who are all members"), (str(BuiltinGroup.ADMINS), "admins")]
    own = Group.objects.visible_to(principal).order_by("name").values_list("name", flat=True)[: access.MAX_CHOSEN]
    names = list(dict.fromkeys([*own, *listed]))
    return [*builtin, *((name, name) for name in names if name not in BuiltinGroup.values)]


def _is_saved(request: HttpRequest, principal: Principal, app: App, form: AccessForm) -> bool:
    try:
        access.put(principal, app, **form.cleaned_data)
    except PlatformError as error:
        form.add_error("users" if form.cleaned_data["users"] else None, f"{error.message} {error.hint}".strip())
        return False
    messages.success(request, "Saved. Visitors notice within 5 seconds.")
    return True
