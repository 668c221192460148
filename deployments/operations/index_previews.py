"""Asking what other package repositories would change, before they are saved."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from deployments import queue
from deployments.models import App, IndexPreview, IndexPreviewResult
from deployments.operations import row_leases
from packagerepos.indexes import Indexes
from packagerepos.operations import repositories
from packagerepos.operations.repositories import Wanted
from workspaces import sealing
from workspaces.encryption import CannotOpen
from workspaces.errors import Conflict, NotFound, PlatformError
from workspaces.permissions import Permission, require
from workspaces.principals import Principal

#: Somebody who has been away finds the last one; then its addresses are forgotten.
KEPT = timedelta(days=1)
MAX_ATTEMPTS = 3
INTERRUPTED = "Trying it was interrupted several times. This one is on us."


@dataclass(frozen=True)
class Task:
    """One app of a preview to resolve with other values."""

    result: IndexPreviewResult
    indexes: Indexes


def request(principal: Principal, wanted: Wanted, *, now: datetime) -> IndexPreview:
    """Begin a preview instead of the last one. Raises ``Invalid``, and ``Conflict`` while one is under way."""
    require(principal, Permission.MANAGE_WORKSPACE)
    texts = repositories.candidate_texts(principal, wanted)
    rows = IndexPreview.objects.in_workspace(principal.workspace)
    try:
        with transaction.atomic():
            rows.exclude(finished_at=None).delete()
            preview = IndexPreview(
                workspace=principal.workspace,
                created_by=principal.user,
                created_by_name=str(principal),
                created_at=now,
            )
            preview.sealed = sealing.key_ring().seal(json.dumps(texts).encode(), _place(preview))
            preview.save()
            apps = App.objects.in_workspace(principal.workspace).filter(deleted_at=None)
            built = apps.exclude(active_deployment=None).order_by("name")
            IndexPreviewResult.objects.bulk_create(
                IndexPreviewResult(workspace=preview.workspace, preview=preview, app=app) for app in built
            )
            _finish_if_done(preview, now)
            queue.ring_previewer()
    except IntegrityError:
        raise Conflict("Another preview of this workspace is under way.", "Wait until it has ended.") from None
    return preview


def last(principal: Principal) -> IndexPreview:
    """The workspace's last preview. Raises ``NotFound`` if there is none."""
    require(principal, Permission.MANAGE_WORKSPACE)
    preview = IndexPreview.objects.in_workspace(principal.workspace).order_by("-created_at").first()
    if preview is None:
        raise NotFound("No preview was made.", "Begin one with the values you think of.")
    return preview


def results(preview: IndexPreview) -> "QuerySet[IndexPreviewResult]":
    return preview.results.select_related("app").order_by("app__name")


def claimable(now: datetime) -> "QuerySet[IndexPreview]":
    """Previews that nobody works at."""
    return IndexPreview.objects.filter(row_leases.free(now), finished_at=None)


def claim(now: datetime) -> Task | None:
    """Take the next app of a preview under a lease, or ``None``: builds may come between two apps."""
    with transaction.atomic():
        free = claimable(now).select_related("workspace").order_by("created_at")
        preview = free.select_for_update(of=("self",), skip_locked=True).first()
        if preview is None:
            return None
        preview.results.filter(done_at=None, attempts__gte=MAX_ATTEMPTS).update(done_at=now, failure=INTERRUPTED)
        result = (
            preview.results.select_related("app__active_deployment__bundle__workspace", "app__workspace")
            .filter(done_at=None)
            .order_by("app__name")
            .first()
        )
        indexes = _indexes(preview)
        if result is None or indexes is None:
            preview.results.filter(done_at=None).update(done_at=now, failure=INTERRUPTED)
            _finish_if_done(preview, now)
            return None
        result.attempts += 1
        result.save(update_fields=["attempts"])
        preview.lease_until = row_leases.until(now)
        preview.save(update_fields=["lease_until"])
        result.preview = preview
        return Task(result, indexes)


def renew(task: Task, now: datetime) -> bool:
    """Extend the lease; ``False`` when the preview is gone."""
    mine = IndexPreview.objects.filter(pk=task.result.preview_id, finished_at=None)
    return bool(mine.update(lease_until=row_leases.until(now)))


def answer(task: Task, *, changes: list[list[str]], failure: str, now: datetime) -> None:
    """What came out for the app; the next one, or the end."""
    with transaction.atomic():
        preview = IndexPreview.objects.select_for_update().filter(pk=task.result.preview_id).first()
        if preview is None:
            return
        preview.results.filter(pk=task.result.pk).update(done_at=now, changes=changes, failure=failure)
        preview.lease_until = None
        preview.save(update_fields=["lease_until"])
        _finish_if_done(preview, now)
        queue.ring_previewer()


def purge(now: datetime) -> None:
    """Forget previews that ended long ago."""
    IndexPreview.objects.filter(finished_at__lt=now - KEPT).delete()


def _finish_if_done(preview: IndexPreview, now: datetime) -> None:
    """The end of a preview is the end of its values."""
    if not preview.results.filter(done_at=None).exists():
        preview.finished_at, preview.sealed, preview.lease_until = now, b"", None
        preview.save(update_fields=["finished_at", "sealed", "lease_until"])


def _indexes(preview: IndexPreview) -> Indexes | None:
    try:
        return repositories.indexes_of(json.loads(sealing.key_ring().open(bytes(preview.sealed), _place(preview))))
    except (CannotOpen, PlatformError, ValueError):
        return None


def _place(preview: IndexPreview) -> bytes:
    return f"index-preview:{preview.workspace.uuid}:{preview.uuid}".encode()
