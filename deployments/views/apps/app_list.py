"""The apps of a workspace, and bringing deleted ones back."""

import uuid
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from deployments.models import App, Deployment
from deployments.operations import apps, pending_changes
from deployments.views import commands, rows
from workspaces.pages import for_members, for_signed_in, show, told
from workspaces.principals import Principal

PAGE_SIZE = 50
#: Deleted apps shown below the list; the newest are the ones somebody wants back.
SHOWN_DELETED = 10


@dataclass(frozen=True)
class AppRow:
    app: App
    newest: Deployment | None
    needs_redeploy: bool


@for_signed_in
def home(request: HttpRequest, principal: Principal) -> HttpResponse:
    return redirect("apps", principal.workspace.slug)


@for_members
def app_list(request: HttpRequest, principal: Principal) -> HttpResponse:
    """A page of apps by name; ``after`` is the last name of the page before."""
    after = request.GET.get("after", "").replace("\0", "")
    found = list(
        App.objects.visible_to(principal).with_state().filter(name__gt=after).order_by("name", "id")[: PAGE_SIZE + 1]
    )
    shown = found[:PAGE_SIZE]
    newest, pending = rows.newest_of(shown), pending_changes.of_each(shown)
    context = commands.context(request) | {
        "rows": [AppRow(app, newest.get(app.pk), bool(pending.get(app.pk))) for app in shown],
        "after": after,
        "next_after": shown[-1].name if len(found) > PAGE_SIZE else None,
        "deleted": [] if after else _deleted(principal),
    }
    return show(request, principal, "deployments/apps.html", context)


@for_members
def restore(request: HttpRequest, principal: Principal, app: uuid.UUID) -> HttpResponse:
    if request.method != "POST":
        return redirect("apps", principal.workspace.slug)
    deleted = App.objects.in_workspace(principal.workspace).filter(deleted_at__isnull=False, uuid=app).first()
    if deleted is None:
        raise Http404
    with told(request, f"“{deleted.name}” is back. It is stopped: start it when you are ready."):
        apps.restore(principal, deleted)
        return redirect("app", principal.workspace.slug, deleted.name)
    return redirect("apps", principal.workspace.slug)


def _deleted(principal: Principal) -> list[App]:
    since = timezone.now() - timedelta(days=settings.UNDO_DAYS)
    gone = App.objects.in_workspace(principal.workspace).filter(deleted_at__gt=since)
    return list(gone.order_by("-deleted_at")[:SHOWN_DELETED])
