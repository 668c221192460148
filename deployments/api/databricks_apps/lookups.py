"""From the words of an address to rows with all that this dialect tells of them."""

import uuid

from django.db.models import OuterRef, Subquery

from deployments.models import App, Deployment
from deployments.querysets import AppQuerySet
from workspaces.errors import NotFound
from workspaces.principals import Principal
from workspaces.querysets import WorkspaceQuerySet


def apps(principal: Principal) -> AppQuerySet:
    """In a constant number of queries, however many there are."""
    newest = Deployment.objects.filter(app=OuterRef("pk")).exclude(source_path="").order_by("-number")
    rows = App.objects.visible_to(principal).with_state()
    return (
        rows.select_related("active_deployment__created_by")
        .annotate(newest_source_path=Subquery(newest.values("source_path")[:1]))
        # ``in_flight`` is what ``with_state`` loads.
        .prefetch_related("active_deployment__events", "in_flight__events", "in_flight__created_by")  # type: ignore[misc]
    )


def app(principal: Principal, name: str) -> App:
    found = apps(principal).filter(name=name.replace("\0", "�")).first()
    if found is None:
        raise NotFound(f"App with name {name[:100]} does not exist or is deleted.", "The list shows those there are.")
    return found


def deployments(principal: Principal, app: App) -> WorkspaceQuerySet[Deployment]:
    """Without drafts, which this dialect does not know."""
    rows = Deployment.objects.visible_to(principal).filter(app=app, is_draft=False)
    return rows.select_related("created_by").prefetch_related("events")


def deployment(principal: Principal, app: App, word: str) -> Deployment:
    found = None
    if (number := _uuid(word)) is not None:
        found = deployments(principal, app).filter(uuid=number).first()
    if found is None:
        raise NotFound(f"The app {app.name} has no deployment {word[:100]!r}.", "The list shows those it has.")
    return found


def _uuid(word: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(hex=word) if len(word) <= 40 else None
    except ValueError:
        return None
