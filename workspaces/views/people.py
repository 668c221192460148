"""The people of a workspace, for its admins: members and the links by which they come."""

import uuid
from typing import Any

from django.conf import settings
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from workspaces.errors import PlatformError
from workspaces.forms import GroupForm, InvitationForm, sentence
from workspaces.inviting import Invited, invite
from workspaces.models import Group, Membership
from workspaces.operations import invitations, memberships
from workspaces.pages import for_members, show, told
from workspaces.principals import Principal
from workspaces.querysets import WorkspaceQuerySet

PAGE_SIZE = 100
#: Groups below them; the API pages through more.
SHOWN_GROUPS = 200


@for_members
def people(request: HttpRequest, principal: Principal) -> HttpResponse:
    """Members by address; ``?after=`` goes on behind one, ``?q=`` searches.

    A new invitation's link, unless it was mailed, is in the answer to its POST alone: no redirect after it.
    """
    form = InvitationForm(request.POST if request.method == "POST" else None)
    invited = None
    if request.method == "POST" and form.is_valid():
        invited = _invite(principal, form)
    return _show(request, principal, InvitationForm() if invited else form, invited=invited)


@for_members
def change_role(request: HttpRequest, principal: Principal, member: uuid.UUID) -> HttpResponse:
    membership = _find(principal, member)
    if request.method == "POST":
        role = request.POST.get("role", "")
        with told(request, f"{membership.user} is now {'an admin' if role == 'admin' else 'a member'}."):
            memberships.set_role(principal, membership, role, now=timezone.now())
    return redirect("people", principal.workspace.slug)


@for_members
def deactivate(request: HttpRequest, principal: Principal, member: uuid.UUID) -> HttpResponse:
    membership = _find(principal, member)
    if request.method == "POST":
        with told(request, f"{membership.user} has no access any more; their tokens here are revoked."):
            memberships.deactivate(principal, membership, now=timezone.now())
    return redirect("people", principal.workspace.slug)


@for_members
def reactivate(request: HttpRequest, principal: Principal, member: uuid.UUID) -> HttpResponse:
    membership = _find(principal, member)
    if request.method == "POST":
        with told(request, f"{membership.user} has access again."):
            memberships.reactivate(principal, membership)
    return redirect("people", principal.workspace.slug)


@for_members
def password_link(request: HttpRequest, principal: Principal, member: uuid.UUID) -> HttpResponse:
    """The link is in the answer and nowhere else."""
    membership = _find(principal, member)
    if request.method != "POST":
        return redirect("people", principal.workspace.slug)
    url = memberships.make_password_link(principal, membership)
    return _show(request, principal, InvitationForm(), link_for=membership.user, link=url)


@for_members
def revoke_invitation(request: HttpRequest, principal: Principal, invitation: uuid.UUID) -> HttpResponse:
    now = timezone.now()
    row = invitations.open_ones(principal, now=now).find(principal, uuid=invitation)
    if request.method == "POST":
        with told(request, f"The invitation of {row.email} no longer works."):
            invitations.revoke(principal, row, now=now)
    return redirect("people", principal.workspace.slug)


def _invite(principal: Principal, form: InvitationForm) -> Invited | None:
    asked = form.cleaned_data
    try:
        return invite(principal, email=asked["email"], role=asked["role"], now=timezone.now())
    except PlatformError as error:
        form.add_error(None, sentence(error))
        return None


def _find(principal: Principal, member: uuid.UUID) -> Membership:
    return memberships.all(principal).find(principal, user__uuid=member)


def _members(principal: Principal, search: str, after: str) -> WorkspaceQuerySet[Membership]:
    members = memberships.all(principal).filter(user__email__gt=after).order_by("user__email", "pk")
    return members.filter(Q(user__email__icontains=search) | Q(user__name__icontains=search)) if search else members


def _show(request: HttpRequest, principal: Principal, form: InvitationForm, **more: Any) -> HttpResponse:
    search, after = (request.GET.get(name, "").replace("\0", "")[:254] for name in ("q", "after"))
    found = list(_members(principal, search, after)[: PAGE_SIZE + 1])
    shown = found[:PAGE_SIZE]
    groups = Group.objects.visible_to(principal).annotate(size=Count("members")).order_by("name")
    context = {
        "members": shown,
        "search": search,
        "after": after,
        "next_after": shown[-1].user.email if len(found) > PAGE_SIZE else None,
        "invitations": list(invitations.open_ones(principal, now=timezone.now()).order_by("-created_at", "-pk")),
        "groups": list(groups[:SHOWN_GROUPS]),
        "form": form,
        "is_mailing": settings.HAS_EMAIL,
        "group_form": GroupForm(),
    }
    return show(request, principal, "workspaces/people.html", context | more, status=400 if form.errors else 200)
