"""Base images and their versions: created, given further lists, published, chosen for new apps."""

import re
from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.db.models import BooleanField, ExpressionWrapper, Max, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from unfold.widgets import (
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanWidget,
)

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

#: How often the page of a draft looks again while its list is resolved.
REFRESH_S = 4
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
    search_help_text = "Name or summary"
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
        rows: QuerySet[Any] = super().get_queryset(request).prefetch_related("versions__locks")
        may_change = ExpressionWrapper(
            Q(pk__in=changeable(request).order_by().values("pk")), output_field=BooleanField()
        )
        numbered: QuerySet[Any] = rows.annotate(
            newest=Max("versions__number"), is_chosen=is_default, may_change=may_change
        )
        return numbered

    def get_list_display(self, request: HttpRequest) -> list[str]:
        """``whose`` says the workspace already."""
        return list(self.list_display)

    def get_fields(self, request: HttpRequest, obj: object = None) -> list[str]:
        if obj is not None:
            return [*self.list_display, "versions", "created_by_name", "created_at"]
        fields = ["name", "summary", "pythons", "requirements"]
        return ["workspace", *fields, "for_everybody"] if access.is_site_admin(request) else fields

    def get_readonly_fields(self, request: HttpRequest, obj: object = None) -> list[str]:
        return self.get_fields(request, obj) if obj is not None else []

    @admin.display(description="of", ordering="workspace__name")
    def whose(self, image: Any) -> str:
        return whose(image)

    @admin.display(description="version", ordering="newest")
    def newest_version(self, image: Any) -> str:
        return str(image.newest or "none published yet")

    @admin.display(description="Python")
    def pythons(self, image: Any) -> str:
        numbered = [version for version in image.versions.all() if version.number]
        newest = max(numbered, key=lambda version: version.number, default=None)
        return _pythons(newest) if newest else "–"

    @admin.display
    def versions(self, image: Any) -> SafeString:
        """Each leads to its list; whoever may add one finds the way here."""
        found = sorted(image.versions.all(), key=lambda version: version.pk, reverse=True)
        return format_html(
            '<ul class="leading-relaxed">{}</ul>{}',
            format_html_join("", '<li><a class="link" href="{}">{}</a>: {}</li>', map(_line_of, found)),
            "" if not image.may_change else format_html(
                '<a class="link" href="{}">Add a version</a>',
                reverse("admin:deployments_baseimageversion_add", query={"image": image.pk}),
            ),
        )  # fmt: skip

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


class ImageChoice(forms.ModelChoiceField):  # type: ignore[type-arg]
    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.name} (of {whose(obj)})"


class NewVersionForm(OperationForm):
    image = ImageChoice(BaseImage.objects.none(), widget=UnfoldAdminSelectWidget(), empty_label="Choose a base image")
    pythons = forms.CharField(max_length=200, widget=UnfoldAdminTextInputWidget(), help_text=PYTHONS)
    requirements = forms.CharField(widget=UnfoldAdminTextareaWidget(), help_text=REQUIREMENTS)

    class Meta:
        model = BaseImageVersion
        fields = ("requirements",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk is not None:
            return
        image = cast(ImageChoice, self.fields["image"])
        image.queryset = changeable(self.request)
        if not changeable(self.request).exists():
            image.help_text = format_html(
                'There is none of your own yet: <a class="link" href="{}">add one</a>, with a first list.',
                reverse("admin:deployments_baseimage_add"),
            )

    def principal(self) -> Principal:
        return access.acting_on(self.request, self.cleaned_data["image"])

    def perform(self, principal: Principal) -> BaseImageVersion:
        return base_images.draft(
            principal,
            self.cleaned_data["image"],
            requirements=self.cleaned_data["requirements"],
            pythons=_words(self.cleaned_data["pythons"]),
        )


def changeable(request: HttpRequest) -> QuerySet[BaseImage]:
    """The images that may be given a version here: a workspace's admins have their own, site admins have all."""
    found = BaseImage.objects.filter(is_clean=False).select_related("workspace").order_by("name", "pk")
    if access.is_site_admin(request):
        return found
    principal = access.administers(request)
    return found.filter(workspace=principal.workspace) if principal else found.none()


@admin.register(BaseImageVersion, site=site)
class BaseImageVersionAdmin(OperationAdmin):
    form = NewVersionForm
    list_display = ("image_name", "shown_number", "shown_pythons", "state", "published_at", "created_by_name")
    list_select_related = ("image", "workspace")
    list_filter = ("published_at",)
    search_fields = ("image__name",)
    search_help_text = "Name of a base image"
    # Drafts first: their number is null.
    ordering = ("image__name", "-number", "-pk")
    actions = ("publish",)
    change_form_template = "admin/base_image_version.html"
    # The image says whose it is.
    asks_for_workspace = False

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
        return ["image", "pythons", "requirements"]

    def get_list_display(self, request: HttpRequest) -> list[str]:
        return [*self.list_display, "whose"] if access.is_site_admin(request) else list(self.list_display)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """``?image=`` begins with the newest list of that image."""
        asked = request.GET.get("image", "")
        image = changeable(request).filter(pk=asked).first() if asked.isascii() and asked.isdigit() else None
        newest = image.versions.order_by("-pk").first() if image else None
        if image is None or newest is None:
            return {}
        return {"image": image.pk, "pythons": " ".join(newest.pythons), "requirements": newest.requirements}

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: str | None = None) -> HttpResponse:
        """On to the draft's page, which tells how far it is."""
        messages.success(
            request, f"The list is being resolved, for each Python apart. Then {obj.image} can be published."
        )
        return redirect("admin:deployments_baseimageversion_change", obj.pk)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        version = self.get_object(request, object_id)
        told = {
            "is_draft": version is not None and version.published_at is None,
            "is_ready": version is not None and base_image_rows.state_of(version) == base_image_rows.READY,
        }
        answer: HttpResponse = super().change_view(request, object_id, form_url, {**(extra_context or {}), **told})
        if version is not None and version.resolve_at is not None:
            answer["Refresh"] = str(REFRESH_S)
        return answer

    @admin.display(description="of", ordering="image__workspace__name")
    def whose(self, version: BaseImageVersion) -> str:
        return whose(version)

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


def whose(row: BaseImage | BaseImageVersion) -> str:
    return row.workspace.name if row.workspace else "every workspace"


def _line_of(version: BaseImageVersion) -> tuple[str, str, str]:
    address = reverse("admin:deployments_baseimageversion_change", args=[version.pk])
    return address, str(version.number or "Draft"), base_image_rows.state_of(version)


def _words(text: str) -> list[str]:
    return text.replace(",", " ").split()


def _pythons(version: BaseImageVersion) -> str:
    """For which Pythons, and which of them are not on this machine."""
    if not version.pythons:
        return "every one"
    here = {interpreter.minor for interpreter in platform.interpreters()}
    missing = [python for python in version.pythons if python not in here]
    return ", ".join(version.pythons) + (f" (not installed here: {', '.join(missing)})" if missing else "")
