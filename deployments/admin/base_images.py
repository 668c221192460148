"""Base images and their versions: created, given further lists, published, chosen for new apps."""

import re
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import BooleanField, ExpressionWrapper, Max, Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget, UnfoldBooleanWidget

from deployments.models import BaseImage, BaseImageVersion
from deployments.operations import base_image_rows, base_images
from deployments.pipeline import platform
from deployments.venvs.lock import Lock
from workspaces.admin import access
from workspaces.admin.asking import asks_first
from workspaces.admin.forms import OperationAdmin, OperationForm
from workspaces.admin.site import site
from workspaces.models import Workspace
from workspaces.principals import Principal

PYTHONS = "The Pythons that the libraries have wheels for: 3.11 3.12. Each gets a list of its own."
HASH = re.compile(r"\s*\\?\n?\s+--hash=\S+")
REQUIREMENTS = "As in requirements.txt. What it resolves to is pinned, with hashes, once and for all."


class NewImageForm(OperationForm):
    name = forms.CharField(max_length=63, widget=UnfoldAdminTextInputWidget())
    summary = forms.CharField(max_length=200, required=False, widget=UnfoldAdminTextInputWidget())
    pythons = forms.CharField(max_length=200, widget=UnfoldAdminTextInputWidget(), help_text=PYTHONS)
    requirements = forms.CharField(widget=UnfoldAdminTextareaWidget(), help_text=REQUIREMENTS)
    for_everybody = forms.BooleanField(
        required=False,
        label="For every workspace",
        widget=UnfoldBooleanWidget(),
        help_text="Not of one workspace alone.",
    )

    class Meta:
        model = BaseImage
        fields = ("name", "summary")

    def perform(self, principal: Principal) -> BaseImage:
        return base_images.create(
            principal,
            name=self.cleaned_data["name"],
            summary=self.cleaned_data["summary"],
            requirements=self.cleaned_data["requirements"],
            pythons=_words(self.cleaned_data["pythons"]),
            for_everybody=self.cleaned_data["for_everybody"],
        )


@admin.register(BaseImage, site=site)
class BaseImageAdmin(OperationAdmin):
    """The site's are shown to every workspace; only site admins change them."""

    form = NewImageForm
    list_display = ("name", "whose", "newest_version", "pythons", "summary", "is_default")
    list_filter = ("is_clean",)
    search_fields = ("name", "summary")
    ordering = ("name", "pk")
    actions = ("make_default",)

    def in_workspace(self, workspace: Workspace) -> Q:
        return Q(workspace=workspace) | Q(workspace=None)

    def principal_for(self, request: HttpRequest, row: Any) -> Principal:
        return access.acting_on(request, row)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        principal = access.administers(request)
        default = principal.workspace.default_base_image if principal else ""
        is_default = ExpressionWrapper(Q(name=default), output_field=BooleanField())
        rows: QuerySet[Any] = super().get_queryset(request).prefetch_related("versions")
        numbered: QuerySet[Any] = rows.annotate(newest=Max("versions__number"), is_chosen=is_default)
        return numbered

    def get_fields(self, request: HttpRequest, obj: object = None) -> list[str]:
        if obj is not None:
            return [*self.list_display, "created_by_name", "created_at"]
        fields = ["name", "summary", "pythons", "requirements"]
        return ["workspace", *fields, "for_everybody"] if access.is_site_admin(request) else fields

    def get_readonly_fields(self, request: HttpRequest, obj: object = None) -> list[str]:
        return self.get_fields(request, obj) if obj is not None else []

    @admin.display(description="of")
    def whose(self, image: Any) -> str:
        return "this workspace" if image.workspace_id else "every workspace"

    @admin.display(description="version", ordering="newest")
    def newest_version(self, image: Any) -> str:
        return str(image.newest or "none published yet")

    @admin.display(description="Python")
    def pythons(self, image: Any) -> str:
        numbered = [version for version in image.versions.all() if version.number]
        newest = max(numbered, key=lambda version: version.number, default=None)
        return _pythons(newest) if newest else "–"

    @admin.display(description="new apps")
    def is_default(self, image: Any) -> str:
        return "begin with it" if image.is_chosen else "–"

    @asks_first(
        "Give it to new apps",
        consequence="New apps of the workspace begin with this image. Apps that are there keep theirs.",
        touches=lambda image: f"{image.name}: {image.summary or 'no summary'}",
    )
    def make_default(self, principal: Principal, image: BaseImage) -> None:
        base_images.make_default(principal, image)


class NewVersionForm(OperationForm):
    image = forms.CharField(max_length=63, widget=UnfoldAdminTextInputWidget(), help_text="The name of the base image.")
    pythons = forms.CharField(max_length=200, widget=UnfoldAdminTextInputWidget(), help_text=PYTHONS)
    requirements = forms.CharField(widget=UnfoldAdminTextareaWidget(), help_text=REQUIREMENTS)

    class Meta:
        model = BaseImageVersion
        fields = ("requirements",)

    def perform(self, principal: Principal) -> BaseImageVersion:
        image = base_images.of_name(principal, self.cleaned_data["image"])
        return base_images.draft(
            principal,
            image,
            requirements=self.cleaned_data["requirements"],
            pythons=_words(self.cleaned_data["pythons"]),
        )


@admin.register(BaseImageVersion, site=site)
class BaseImageVersionAdmin(OperationAdmin):
    form = NewVersionForm
    list_display = ("image_name", "shown_number", "shown_pythons", "state", "published_at", "created_by_name")
    list_select_related = ("image", "workspace")
    list_filter = ("published_at",)
    search_fields = ("image__name",)
    ordering = ("image__name", "-number", "-pk")
    actions = ("publish",)

    def in_workspace(self, workspace: Workspace) -> Q:
        return Q(workspace=workspace) | Q(workspace=None)

    def principal_for(self, request: HttpRequest, row: Any) -> Principal:
        return access.acting_on(request, row)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request).prefetch_related("locks")
        return rows

    def get_fields(self, request: HttpRequest, obj: object = None) -> list[str]:
        if obj is not None:
            return [*self.list_display, "wanted", "contents"]
        choice = ["workspace"] if access.is_site_admin(request) else []
        return [*choice, "image", "pythons", "requirements"]

    def get_readonly_fields(self, request: HttpRequest, obj: object = None) -> list[str]:
        return self.get_fields(request, obj) if obj is not None else []

    @admin.display(description="base image", ordering="image__name")
    def image_name(self, version: BaseImageVersion) -> str:
        return version.image.name

    @admin.display(description="version", ordering="number")
    def shown_number(self, version: BaseImageVersion) -> str:
        return str(version.number or "draft")

    @admin.display(description="Python")
    def shown_pythons(self, version: BaseImageVersion) -> str:
        return _pythons(version)

    @admin.display
    def state(self, version: BaseImageVersion) -> str:
        return base_image_rows.state_of(version)

    @admin.display(description="requirements")
    def wanted(self, version: BaseImageVersion) -> SafeString:
        # The hashes stand below, with the files that have them.
        return format_html("<pre>{}</pre>", HASH.sub("", version.requirements) or "None: Python alone.")

    @admin.display
    def contents(self, version: BaseImageVersion) -> SafeString:
        """The pinned list of each Python, with its hashes."""
        locks = list(version.locks.all())
        texts = (
            (
                " open" if len(locks) == 1 else "",
                lock.python,
                Lock.from_json(lock.content).requirements_text if lock.content else lock.failure_message,
            )
            for lock in locks
        )
        listed = format_html_join("", "<details{}><summary>Python {}</summary><pre>{}</pre></details>", texts)
        unresolved = "Not resolved yet: that is done for the first app that needs it."
        return listed or format_html("<p>{}</p>", unresolved if version.requirements else "Python alone.")

    @asks_first(
        "Publish as the next version",
        consequence="Standard apps take it at their next deployment. What is published can never be changed.",
        touches=lambda version: f"{version.image.name}, for Python {', '.join(version.pythons)}",
    )
    def publish(self, principal: Principal, version: BaseImageVersion) -> None:
        base_images.publish(principal, version, now=timezone.now())


def _words(text: str) -> list[str]:
    return text.replace(",", " ").split()


def _pythons(version: BaseImageVersion) -> str:
    """For which Pythons, and which of them are not on this machine."""
    if not version.pythons:
        return "every one"
    here = {interpreter.minor for interpreter in platform.interpreters()}
    missing = [python for python in version.pythons if python not in here]
    return ", ".join(version.pythons) + (f" (not installed here: {', '.join(missing)})" if missing else "")
