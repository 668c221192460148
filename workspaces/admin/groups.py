"""A workspace's own groups."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Count, Model, QuerySet
from django.http import HttpRequest
from unfold.widgets import UnfoldAdminSelectMultipleWidget, UnfoldAdminTextInputWidget

from workspaces.admin import access
from workspaces.admin.asking import asks_first
from workspaces.admin.forms import OperationAdmin, OperationForm
from workspaces.admin.site import site
from workspaces.models import Group, User
from workspaces.operations import groups
from workspaces.principals import Principal


class NewGroupForm(OperationForm):
    name = forms.CharField(max_length=groups.MAX_NAME, widget=UnfoldAdminTextInputWidget())

    class Meta:
        model = Group
        fields = ("name",)

    def perform(self, principal: Principal) -> Group:
        return groups.create(principal, name=self.cleaned_data["name"])


class GroupMembersForm(OperationForm):
    members = forms.ModelMultipleChoiceField(
        User.objects.none(), required=False, widget=UnfoldAdminSelectMultipleWidget()
    )

    class Meta:
        model = Group
        fields = ("members",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        workspace = self.instance.workspace
        living = User.objects.filter(memberships__workspace=workspace, memberships__deactivated_at=None)
        # Whoever was deactivated stays in their groups, and must not fall out of them here unseen.
        held = self.instance.members.values("pk")
        choices = User.objects.filter(pk__in=living.values("pk")) | User.objects.filter(pk__in=held)
        self.fields["members"].queryset = choices.order_by("email")  # type: ignore[attr-defined]

    def perform(self, principal: Principal) -> Group:
        group: Group = self.instance
        before, after = set(group.members.all()), set(self.cleaned_data["members"])
        for user in sorted(after - before, key=lambda user: user.pk):
            groups.add_member(principal, group, user)
        for user in sorted(before - after, key=lambda user: user.pk):
            groups.remove_member(principal, group, user)
        return group


@admin.register(Group, site=site)
class GroupAdmin(OperationAdmin):
    list_display = ("name", "size", "created_by_name", "created_at")
    list_filter = ("created_at",)
    search_fields = ("name", "members__email")
    ordering = ("name",)
    actions = ("delete_groups",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request)
        counted: QuerySet[Any] = rows.annotate(size=Count("members", distinct=True))
        return counted

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return access.may_enter(request)

    def get_form(
        self, request: HttpRequest, obj: Model | None = None, change: bool = False, **kwargs: Any
    ) -> type[OperationForm]:
        self_form = NewGroupForm if obj is None else GroupMembersForm
        chosen = {} if obj is None and access.is_site_admin(request) else {"workspace": None}
        return type(self_form.__name__, (self_form,), {"request": request, **chosen})

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> tuple[str, ...]:
        return () if obj is None else ("name", "created_by_name", "created_at")

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> list[str]:
        if obj is not None:
            return ["name", "members", "created_by_name", "created_at"]
        return ["workspace", "name"] if access.is_site_admin(request) else ["name"]

    @admin.display(description="people", ordering="size")
    def size(self, group: Any) -> int:
        return int(group.size)

    @asks_first("Delete the groups", consequence="What was granted to them ends. The people in them stay members.")
    def delete_groups(self, principal: Principal, group: Group) -> None:
        groups.delete(principal, group)
