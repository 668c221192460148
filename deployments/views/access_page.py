"""Who may use an app at its address, and who may change it."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from deployments.forms import AccessForm
from deployments.models import App
from deployments.operations import access
from deployments.views.finding import find_app
from workspaces.errors import PlatformError
from workspaces.models import BuiltinGroup, Group
from workspaces.pages import for_members, show
from workspaces.principals import Principal


@for_members
def app_access(request: HttpRequest, principal: Principal, name: str) -> HttpResponse:
    app = find_app(principal, name)
    listed = access.get(principal, app)
    groups = _groups(principal, listed.groups)
    form = AccessForm(groups, request.POST) if request.method == "POST" else AccessForm.of(groups, listed)
    if request.method == "POST" and form.is_valid() and _is_saved(request, principal, app, form):
        return redirect("app-access", principal.workspace.slug, app.name)
    context = {"app": app, "form": form}
    return show(request, principal, "deployments/access.html", context, status=400 if form.errors else 200)


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
