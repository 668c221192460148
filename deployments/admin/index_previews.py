"""The page that says what other package repositories would change, as it becomes known."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from deployments.models import IndexPreview
from deployments.operations import index_previews
from packagerepos.admin import repositories as screen
from workspaces.admin.site import site
from workspaces.errors import PlatformError


@site.page("package-repositories/preview/", name="package-repositories-preview")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def preview(request: HttpRequest) -> HttpResponseBase:
    principal = screen.principal_of(request)
    query = {"workspace": principal.workspace.slug}
    if request.method == "POST":
        form, wanted = screen.read(request, principal)
        if wanted is not None:
            try:
                index_previews.request(principal, wanted, now=timezone.now())
                return redirect(reverse("admin:package-repositories-preview", query=query))
            except PlatformError as error:
                form.refuse(error)
        return screen.again(request, principal, form)
    try:
        found: IndexPreview | None = index_previews.last(principal)
    except PlatformError as error:
        messages.info(request, f"{error.message} {error.hint}")
        found = None
    context = {
        **site.each_context(request),
        "title": "What would change",
        "preview": found,
        "results": list(index_previews.results(found)) if found else [],
        "back": reverse("admin:package-repositories", query=query),
    }
    return TemplateResponse(request, "admin/index_preview.html", context)
