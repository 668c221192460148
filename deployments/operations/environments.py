"""The rows of locks and environments; what is on disk is the store's."""

import uuid
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Case, Q, QuerySet, When
from django.utils import timezone
from packaging.utils import canonicalize_name

from deployments.models import Deployment, Environment, Lock, LockEntry, State
from workspaces.models import Workspace

#: Last use is for the reaper, which thinks in days.
LAST_USE_PRECISION = timedelta(minutes=1)


def keep_lock(
    workspace: Workspace, request_key: str, content: dict[str, Any], asked: Mapping[str, str] | None = None
) -> Lock:
    """Remember an answer; an older one to the same request stays for the deployments that hold it.

    ``asked`` is the request in words.
    """
    with transaction.atomic():
        # One writer per workspace: of two builds that resolved the same at once, the later answer stands.
        Workspace.objects.select_for_update().get(pk=workspace.pk)
        Lock.objects.filter(workspace=workspace, request_key=request_key, superseded_at=None).update(
            superseded_at=timezone.now()
        )
        kept = Lock.objects.create(
            workspace=workspace, request_key=request_key, content=content, asked=dict(asked or {})
        )  # fmt: skip
        LockEntry.objects.bulk_create(_entry(kept, package) for package in content["packages"])
        return kept


def _entry(lock: Lock, package: Mapping[str, Any]) -> LockEntry:
    return LockEntry(
        workspace=lock.workspace, lock=lock, name=canonicalize_name(package["name"])[:200],
        version=(package["version"] or "")[:200], index=package["index"] or "", origin=package["origin"],
    )  # fmt: skip


def add_notices(lock: Lock, notices: Sequence[str]) -> None:
    """What was found out about an answer when it was installed; shown wherever it is used again."""
    lock.content["notices"] = [*lock.content["notices"], *notices]
    lock.save(update_fields=["content"])


def keep_needs(lock: Lock, needs: dict[str, Any]) -> None:
    """Which of its packages need which, as ``Needs`` writes it."""
    lock.needs = needs
    lock.save(update_fields=["needs"])


def hold_lock(deployment: Deployment, request_key: str) -> Lock | None:
    """What the same request was answered with before in its workspace, held for a deployment that is being built.

    From here on the reaper leaves it alone.
    """
    with transaction.atomic():
        # Locked: a reaper that was about to throw it away has done so before, or sees who wants it.
        known = Lock.objects.in_workspace(deployment.workspace).filter(request_key=request_key, superseded_at=None)
        lock = known.select_for_update(no_key=True).first()
        if lock is not None:
            Deployment.objects.filter(pk=deployment.pk).update(lock=lock)
    return lock


def claim(deployment: Deployment, workspace: Workspace | None, *, fingerprint: str, python_version: str) -> Environment:
    """The row of an environment that ``deployment`` is to have: from here on the reaper leaves it alone.

    ``workspace`` is ``None`` when everybody may share it. Whether it is on the disk is for the caller to look at.
    """
    now = timezone.now()
    with transaction.atomic():
        row = _current(fingerprint) or _added(workspace, fingerprint, python_version)
        if row.marked_at is not None or _is_used_anew(row, now):
            Environment.objects.filter(pk=row.pk).update(marked_at=None, last_used_at=now)
        Deployment.objects.filter(pk=deployment.pk).update(environment=row)
    deployment.environment = row
    return row


def _is_used_anew(row: Environment, now: datetime) -> bool:
    return row.last_used_at is None or now - row.last_used_at > LAST_USE_PRECISION


def _current(fingerprint: str) -> Environment | None:
    """Locked: a reaper that was about to remove it has done so before, or sees who wants it."""
    return Environment.objects.select_for_update().filter(fingerprint=fingerprint, cleared_at=None).first()


def _added(workspace: Workspace | None, fingerprint: str, python_version: str) -> Environment:
    taken = Environment.objects.filter(key=fingerprint).exists()
    key = uuid.uuid4().hex[: len(fingerprint)] if taken else fingerprint
    try:
        with transaction.atomic():
            return Environment.objects.create(
                workspace=workspace, key=key, fingerprint=fingerprint, python_version=python_version
            )
    except IntegrityError:
        # Another deployment asked for the same in the same moment.
        return _current(fingerprint) or _added(workspace, fingerprint, python_version)


def note_built(row: Environment, *, packages: int, size_bytes: int, own_bytes: int, shared_bytes: int) -> Environment:
    """It is whole on the disk."""
    if row.built_at is None:
        row.built_at = timezone.now()
        row.packages, row.size_bytes, row.own_bytes, row.shared_bytes = packages, size_bytes, own_bytes, shared_bytes
        row.save(update_fields=["built_at", "packages", "size_bytes", "own_bytes", "shared_bytes"])
    return row


def is_avoided(workspace: Workspace, fingerprint: str) -> bool:
    """Whether ``workspace`` cleared the shared environment of that fingerprint, and so makes its own."""
    return Environment.objects.filter(fingerprint=fingerprint, cleared_at=None, avoided_by=workspace).exists()


def distrust(row: Environment, because: str) -> None:
    """Let nothing new use it. ``because`` completes "it was …"; what runs in it runs on."""
    Environment.objects.filter(pk=row.pk, cleared_at=None).update(cleared_at=timezone.now(), cleared_because=because)
    row.refresh_from_db(fields=["cleared_at", "cleared_because"])


def start_over(workspace: Workspace, fingerprints: Collection[str]) -> None:
    """Let ``workspace`` make these anew: its own are cleared, shared ones avoided."""
    for row in Environment.objects.filter(fingerprint__in=fingerprints, cleared_at=None):
        if row.workspace_id is None:
            row.avoided_by.add(workspace)
        elif row.workspace_id == workspace.pk:
            distrust(row, "cleared to be made anew")


def earlier(deployment: Deployment) -> Deployment | None:
    """The app's last deployment before this one that got as far as an environment: what is new is told against it."""
    before = Deployment.objects.filter(app_id=deployment.app_id, number__lt=deployment.number, is_draft=False)
    built = before.filter(launch__isnull=False, lock__isnull=False)
    return built.select_related("lock", "environment").order_by("-number").first()


def are_due_for_removal(marked_before: datetime) -> bool:
    return Environment.objects.filter(marked_at__lte=marked_before).exists()


def uncompiled() -> QuerySet[Deployment]:
    """Deployments with an environment that has no byte-code: first those that serve, the oldest first.

    Then those that failed, maybe because they imported too slowly without it: the next try is faster.
    """
    without = Deployment.objects.filter(environment__compiled_at=None).exclude(environment=None)
    failed = Q(
        state=State.FAILED, launch__isnull=False, environment__built_at__isnull=False,
        environment__cleared_at=None, environment__marked_at=None,
    )  # fmt: skip
    found = without.filter(Q(state__in=[State.ACTIVE, State.READY]) | failed).select_related("environment", "workspace")
    return found.order_by(Case(When(state=State.FAILED, then=1), default=0), "pk")


def note_compiled(environment: Environment) -> None:
    Environment.objects.filter(pk=environment.pk).update(compiled_at=timezone.now())
