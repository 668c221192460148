"""A workspace's own groups, for its admins."""

import uuid

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from workspaces.forms import GroupForm, GroupMemberForm
from workspaces.models import Group, Membership
from workspaces.operations import groups
from workspaces.pages import for_members, show, told
from workspaces.permissions import Permission, require
from workspaces.principals import Principal


@for_members
def create(request: HttpRequest, principal: Principal) -> HttpResponse:
    if request.method != "POST":
        return redirect("people", principal.workspace.slug)
    form = GroupForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Give the group a name of up to 128 characters.")
        return redirect("people", principal.workspace.slug)
    with told(request, "The group is made. Now say who is in it."):
        made = groups.create(principal, name=form.cleaned_data["name"])
        return redirect("group", principal.workspace.slug, made.uuid)
    return redirect("people", principal.workspace.slug)


@for_members
def group(request: HttpRequest, principal: Principal, group: uuid.UUID) -> HttpResponse:
    """Its members; POST adds one."""
    row = _find(principal, group)
    form = GroupMemberForm(_others(principal, row), request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        person = Membership.objects.select_related("user").find(principal, user__uuid=form.cleaned_data["member"])
        with told(request, f"{person.user} is in the group."):
            groups.add_member(principal, row, person.user)
        return redirect("group", principal.workspace.slug, row.uuid)
    context = {"group": row, "members": list(row.members.order_by("email")), "form": form}
    return show(request, principal, "workspaces/group.html", context, status=400 if form.errors else 200)


@for_members
def remove_member(request: HttpRequest, principal: Principal, group: uuid.UUID, member: uuid.UUID) -> HttpResponse:
    row = _find(principal, group)
    if request.method == "POST" and (person := row.members.filter(uuid=member).first()):
        with told(request, f"{person} is no longer in the group."):
            groups.remove_member(principal, row, person)
    return redirect("group", principal.workspace.slug, row.uuid)


@for_members
def delete(request: HttpRequest, principal: Principal, group: uuid.UUID) -> HttpResponse:
    row = _find(principal, group)
    if request.method == "POST":
        with told(request, f"The group “{row.name}” is deleted, and what was granted to it has ended."):
            groups.delete(principal, row)
            return redirect("people", principal.workspace.slug)
    return redirect("group", principal.workspace.slug, row.uuid)


def _find(principal: Principal, group: uuid.UUID) -> Group:
    require(principal, Permission.MANAGE_GROUPS)
    return Group.objects.find(principal, uuid=group)


def _others(principal: Principal, group: Group) -> list[Membership]:
    living = Membership.objects.visible_to(principal).filter(deactivated_at=None, user__is_active=True)
    return list(living.exclude(user__workspace_groups=group).select_related("user").order_by("user__email"))
