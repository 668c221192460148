"""The page "Package policy": what a workspace decides about its packages where the site leaves it the choice."""

from typing import Any, Self

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods
from unfold.widgets import UnfoldAdminRadioSelectWidget

from packagerepos.admin.repositories import principal_of
from packagerepos.models import PackagePolicy
from packagerepos.operations import policies, rules
from packagerepos.policy import Installer, ProhibitedAction
from workspaces.admin import access
from workspaces.admin.site import site
from workspaces.models import Workspace
from workspaces.principals import Principal

TITLE = "Package policy"
ACTIONS = {
    ProhibitedAction.DROP: "It is left out, and the log says so",
    ProhibitedAction.REFUSE: "The build is refused",
}
MATCHING = {False: "By its name, whatever version is asked for", True: "Only if its version is one that was asked for"}
#: The site's word in short: it stands behind "As the site says", on a phone too.
SITE_ACTIONS = {ProhibitedAction.DROP: "left out", ProhibitedAction.REFUSE: "refused"}
SITE_MATCHING = {False: "by its name", True: "by its version"}
INSTALLERS = {Installer.UV: "uv, which takes seconds", Installer.PIP: "pip"}


class PolicyForm(forms.Form):
    """An empty choice is the site's."""

    prohibited_action = forms.ChoiceField(
        label="When a build asks for a prohibited package", required=False, widget=UnfoldAdminRadioSelectWidget()
    )
    external_version_matching = forms.TypedChoiceField(
        label="An external package is used", required=False, widget=UnfoldAdminRadioSelectWidget(),
        coerce=lambda word: word == "True", empty_value=None,
    )  # fmt: skip
    installer = forms.ChoiceField(
        label="Versions are chosen by", required=False, widget=UnfoldAdminRadioSelectWidget(),
        help_text="Of apps that do not say so themselves.",
    )  # fmt: skip

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        site_action = SITE_ACTIONS[ProhibitedAction(settings.PROHIBITED_ACTION)]
        self._offer("prohibited_action", site_action, ACTIONS)
        self._offer("external_version_matching", SITE_MATCHING[settings.EXTERNAL_VERSION_MATCHING], MATCHING)
        self._offer("installer", str(Installer.UV), INSTALLERS)

    @classmethod
    def of(cls, policy: PackagePolicy) -> Self:
        matching = policy.external_version_matching
        return cls(
            initial={
                "prohibited_action": policy.prohibited_action,
                "external_version_matching": "" if matching is None else str(matching),
                "installer": policy.installer,
            }
        )

    def _offer(self, name: str, site_says: str, choices: dict[Any, str]) -> None:
        field: Any = self.fields[name]
        field.choices = [("", f"As the site says: {site_says}"), *((str(key), text) for key, text in choices.items())]


@site.page("package-policy/", name="package-policy", title=TITLE, section="Compute")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def package_policy(request: HttpRequest) -> HttpResponseBase:
    principal = principal_of(request)
    form = PolicyForm(request.POST) if request.method == "POST" else PolicyForm.of(policies.see(principal))
    if request.method == "POST" and form.is_valid():
        policies.change(principal, **form.cleaned_data)
        messages.success(request, "Saved. It holds for builds that are requested from now on; what runs is untouched.")
        return redirect(reverse("admin:package-policy", query={"workspace": principal.workspace.slug}))
    return _page(request, principal, form)


def _page(request: HttpRequest, principal: Principal, form: PolicyForm) -> TemplateResponse:
    in_force = rules.in_force(principal.workspace)
    shown = {
        **site.each_context(request),
        "title": TITLE,
        "subtitle": principal.workspace.name,
        "form": form,
        "external": in_force.external_names,
        "prohibited": in_force.prohibited_names,
        "workspace": principal.workspace,
        "workspaces": list(Workspace.objects.order_by("name")) if access.is_site_admin(request) else [],
    }
    return TemplateResponse(request, "admin/package_policy.html", shown, status=400 if form.errors else 200)
