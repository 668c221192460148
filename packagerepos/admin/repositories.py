"""The page "Default package repositories": what is set, its standing, a test, and saving."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase, QueryDict
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from packagerepos import asking, drafts
from packagerepos.forms import FIELDS, RepositoriesForm
from packagerepos.operations import repositories
from packagerepos.operations.repositories import Wanted
from packagerepos.probe import Finding
from workspaces.admin import access
from workspaces.admin.site import site
from workspaces.errors import NotFound, PlatformError
from workspaces.models import Workspace
from workspaces.principals import Principal

TITLE = "Default package repositories"


@site.page("package-repositories/", name="package-repositories", title=TITLE, section="Compute")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def package_repositories(request: HttpRequest) -> HttpResponseBase:
    principal = principal_of(request)
    if request.method != "POST":
        return _page(request, principal, RepositoriesForm.of(repositories.see(principal)))
    form, wanted = read(request, principal)
    if request.POST.get("action") == "test":
        return _test(request, principal, form, wanted)
    return _save(request, principal, form, wanted)


def _save(
    request: HttpRequest, principal: Principal, form: RepositoriesForm, wanted: Wanted | None
) -> HttpResponseBase:
    if wanted is not None:
        try:
            repositories.save(principal, wanted, now=timezone.now())
        except PlatformError as error:
            form.refuse(error)
        else:
            messages.success(request, "Saved. Builds follow from their next start on; what runs is untouched.")
            _warn(request, principal)
            return redirect(_address(principal))
    return again(request, principal, form)


def _warn(request: HttpRequest, principal: Principal) -> None:
    """Saved is saved; but an index that does not answer will stop the next build."""
    try:
        found = asking.ask(repositories.candidate(principal, Wanted()), "")
    except PlatformError as error:
        messages.warning(request, f"{error.message} {error.hint}".strip())
        return
    for finding in found:
        if not finding.verdict.is_fine:
            text = f"Builds will fail: {finding.address} cannot be used. {finding.message} {finding.hint}"
            messages.warning(request, text.strip())


def _test(
    request: HttpRequest, principal: Principal, form: RepositoriesForm, wanted: Wanted | None
) -> HttpResponseBase:
    """The whole page with all answers, or for the page's script the list first and then one answer at a time."""
    part, position = request.POST.get("part"), request.POST.get("position", "")
    context: dict[str, Any] = {}
    if wanted is not None:
        try:
            indexes = repositories.candidate(principal, wanted)
            context["places"] = repositories.places(indexes)
            if part != "list":
                only = int(position) if position.isdecimal() and len(position) < 4 else None
                context["rows"] = _rows(asking.ask(indexes, form.cleaned_data["package"], position=only), only or 0)
        except PlatformError as error:
            form.refuse(error)
    status = 400 if form.errors else 200
    if part:
        context["errors"] = [sentence for sentences in form.errors.values() for sentence in sentences]
        return TemplateResponse(request, "admin/_index_answers.html", context, status=status)
    return again(request, principal, form, status=status, **context)


def read(request: HttpRequest, principal: Principal) -> tuple[RepositoriesForm, Wanted | None]:
    """The form as it was sent, and what it asks for if its fields are right."""
    form = RepositoriesForm(request.POST)
    return form, form.wanted(_earlier(request, principal)) if form.is_valid() else None


def again(
    request: HttpRequest, principal: Principal, form: RepositoriesForm, *, status: int = 400, **context: Any
) -> TemplateResponse:
    """The page with what was sent, and without its logins, which it carries sealed."""
    draft = drafts.seal(principal, form.typed, _earlier(request, principal))
    form.without_logins()
    return _page(request, principal, form, draft=draft, status=status, **context)


def _earlier(request: HttpRequest, principal: Principal) -> list[str]:
    return drafts.unseal(principal, request.POST.get("draft", ""))


def _rows(found: tuple[Finding, ...], first: int) -> list[tuple[int, Finding]]:
    return list(enumerate(found, first))


def _page(
    request: HttpRequest,
    principal: Principal,
    form: RepositoriesForm,
    *,
    draft: str = "",
    status: int = 200,
    **context: Any,
) -> TemplateResponse:
    found = repositories.see(principal)
    shown = {
        **site.each_context(request),
        "title": TITLE,
        "subtitle": principal.workspace.name,
        "form": form,
        "draft": draft,
        "found": found,
        "changes": [(form.fields[FIELDS[key]].label, change) for key, change in found.changes.items()],
        "workspace": principal.workspace,
        "workspaces": list(Workspace.objects.order_by("name")) if access.is_site_admin(request) else [],
        **context,
    }
    return TemplateResponse(request, "admin/package_repositories.html", shown, status=status)


def principal_of(request: HttpRequest) -> Principal:
    """Who asks: the admin of the workspace that is administered. Site admins name it, since they are in none."""
    asked: QueryDict = request.POST if request.method == "POST" else request.GET
    own = access.administers(request)
    if "workspace" not in asked and own is not None:
        return own
    if "workspace" in asked:
        workspace = Workspace.objects.filter(slug=asked["workspace"][:200]).first()
    else:
        # To look at any; what is changed must be named.
        workspace = Workspace.objects.order_by("name").first() if request.method != "POST" else None
    if workspace is None:
        raise NotFound("There is no such workspace.", "The switcher of workspaces lists yours.")
    return access.acting_in(request, workspace)


def _address(principal: Principal) -> str:
    return reverse("admin:package-repositories", query={"workspace": principal.workspace.slug})
