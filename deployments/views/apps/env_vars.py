"""The environment variables of an app: one by one, or as a pasted .env file. A secret's value is never shown."""

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from deployments.forms.env_vars import EnvVarForm, PastedEnvForm
from deployments.models import App, EnvVar
from deployments.operations import env_vars, serving
from deployments.operations.env_vars import Value
from deployments.source.dotenv import read_dotenv
from deployments.views.app_head import Tab, app_tab, show_tab
from deployments.views.finding import find_app
from workspaces.errors import PlatformError
from workspaces.models import Secret, SecretScope
from workspaces.operations import scope_acls
from workspaces.pages import for_members, told
from workspaces.principals import Principal

#: As many as a list to choose from can be; others can be typed.
OFFERED_SECRETS = 500


@dataclass(frozen=True)
class Pasted:
    """One variable of a pasted file, and what keeping it would do."""

    line: int
    name: str
    value: str
    effect: str
    problem: str = ""


@app_tab(Tab.ENVIRONMENT)
def environment(request: HttpRequest, principal: Principal, app: App) -> HttpResponse:
    """The table with a form below it; ``?edit=NAME`` fills the form with that variable."""
    rows = list(env_vars.of(principal, app))
    if request.method != "POST":
        edited = next((row for row in rows if row.name == request.GET.get("edit")), None)
        return _show(request, principal, app, rows, EnvVarForm.of(edited) if edited else EnvVarForm())
    form = EnvVarForm(request.POST)
    if form.is_valid() and _is_kept(request, principal, app, form):
        return redirect("app-environment", principal.workspace.slug, app.name)
    return _show(request, principal, app, rows, form)


@for_members
def remove(request: HttpRequest, principal: Principal, name: str) -> HttpResponse:
    app = find_app(principal, name)
    variable = request.POST.get("name", "")
    if request.method == "POST" and any(row.name == variable for row in env_vars.of(principal, app)):
        with told(request, f"{variable} is removed. {_when(app)}".strip()):
            env_vars.change(principal, app, {variable: None})
    return redirect("app-environment", principal.workspace.slug, app.name)


@for_members
def paste(request: HttpRequest, principal: Principal, name: str) -> HttpResponse:
    """First a preview; kept is what was previewed, when ``keep`` is sent along with it."""
    app = find_app(principal, name)
    form = PastedEnvForm(request.POST)
    if request.method != "POST":
        return redirect("app-environment", principal.workspace.slug, app.name)
    rows = list(env_vars.of(principal, app))
    preview = _preview(form.cleaned_data["text"], rows) if form.is_valid() else ()
    good = {entry.name: entry.value for entry in preview if not entry.problem}
    if "keep" in request.POST and good:
        with told(request, f"{len(good)} variable{'' if len(good) == 1 else 's'} kept. {_when(app)}".strip()):
            env_vars.change(principal, app, good)
        return redirect("app-environment", principal.workspace.slug, app.name)
    return _show(request, principal, app, rows, EnvVarForm(), pasted=form, preview=preview, good=len(good))


def _is_kept(request: HttpRequest, principal: Principal, app: App, form: EnvVarForm) -> bool:
    changes: dict[str, Value | None] = {form.cleaned_data["name"]: form.variable()}
    try:
        env_vars.change(principal, app, changes)
    except PlatformError as error:
        form.add_error(None, f"{error.message} {error.hint}".strip())
        return False
    messages.success(request, f"{form.cleaned_data['name']} is kept. {_when(app)}".strip())
    return True


def _when(app: App) -> str:
    return "Deploy again to use it." if app.last_deployment_number else ""


def _preview(text: str, rows: list[EnvVar]) -> tuple[Pasted, ...]:
    existing = {row.name: row for row in rows}
    return tuple(_pasted(entry.line, entry.name, entry.value, existing) for entry in read_dotenv(text))


def _pasted(line: int, name: str, value: str, existing: dict[str, EnvVar]) -> Pasted:
    if not name:
        return Pasted(line, "", "", "skipped", "This line is not NAME=value.")
    if problem := env_vars.problem_with(name, value):
        return Pasted(line, name, value, "skipped", f"{problem.message} {problem.hint}")
    row = existing.get(name)
    if row is None:
        return Pasted(line, name, value, "new")
    if row.is_secret:
        return Pasted(line, name, value, "replaces the secret")
    return Pasted(line, name, value, "unchanged" if row.value == value else "changes")


def _show(
    request: HttpRequest, principal: Principal, app: App, rows: list[EnvVar], form: EnvVarForm, **more: object
) -> HttpResponse:
    pasted = more.setdefault("pasted", PastedEnvForm())
    context = {
        "variables": rows,
        "missing": _missing(principal, rows),
        "form": form,
        "is_edited": "name" in form.initial,
        "offered": _offered(principal),
        "active_own": serving.own_of(app.active_deployment) if app.active_deployment else "",
        **more,
    }
    is_bad = form.errors or (isinstance(pasted, PastedEnvForm) and pasted.errors)
    return show_tab(request, principal, app, Tab.ENVIRONMENT, context, status=400 if is_bad else 200)


def _offered(principal: Principal) -> list[str]:
    """``scope/key`` of the secrets that the person can READ."""
    scopes = list(SecretScope.objects.visible_to(principal))
    readable = scope_acls.effective_on(principal, scopes)
    secrets = Secret.objects.filter(scope__in=readable).order_by("scope__name", "key")
    return [f"{scope}/{key}" for scope, key in secrets.values_list("scope__name", "key")[:OFFERED_SECRETS]]


def _missing(principal: Principal, rows: list[EnvVar]) -> set[str]:
    """The names of variables whose secret is gone."""
    wanted = {row.name: row.reference for row in rows if row.is_secret}
    if not wanted:
        return set()
    found = Secret.objects.visible_to(principal).filter(key__in={reference.key for reference in wanted.values()})
    present = {(scope.lower(), key) for scope, key in found.values_list("scope__name", "key")}
    return {name for name, reference in wanted.items() if (reference.scope.lower(), reference.key) not in present}
