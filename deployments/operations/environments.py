"""The rows of locks and environments; what is on disk is the store's."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from packaging.utils import canonicalize_name

from deployments.models import Deployment, Environment, Lock, LockEntry, State
from workspaces.models import Workspace

#: Last use is for the reaper, which thinks in days.
LAST_USE_PRECISION = timedelta(minutes=1)


def find_lock(workspace: Workspace, request_key: str) -> Lock | None:
    """What the same request was answered with before, in this workspace."""
    return Lock.objects.in_workspace(workspace).filter(request_key=request_key, superseded_at=None).first()


def keep_lock(workspace: Workspace, request_key: str, content: dict[str, Any]) -> Lock:
    """Remember an answer; an older one to the same request stays for the deployments that hold it."""
    with transaction.atomic():
        # One writer per workspace: of two builds that resolved the same at once, the later answer stands.
        Workspace.objects.select_for_update().get(pk=workspace.pk)
        Lock.objects.filter(workspace=workspace, request_key=request_key, superseded_at=None).update(
            superseded_at=timezone.now()
        )
        kept = Lock.objects.create(workspace=workspace, request_key=request_key, content=content)
        LockEntry.objects.bulk_create(_entry(kept, package) for package in content["packages"])
        return kept


def _entry(lock: Lock, package: Mapping[str, Any]) -> LockEntry:
    return LockEntry(
        workspace=lock.workspace, lock=lock, name=canonicalize_name(package["name"])[:200],
        version=(package["version"] or "")[:200], index=package["index"] or "", origin=package["origin"],
    )  # fmt: skip


def note_ready(
    workspace: Workspace | None, *, key: str, python_version: str, packages: int, size_bytes: int
) -> Environment:
    """The row of an environment that is whole on disk; ``workspace`` is ``None`` when everybody may share it."""
    environment, _ = Environment.objects.get_or_create(
        key=key,
        defaults={
            "workspace": workspace,
            "python_version": python_version,
            "packages": packages,
            "size_bytes": size_bytes,
        },
    )
    now = timezone.now()
    if environment.last_used_at is None or now - environment.last_used_at > LAST_USE_PRECISION:
        Environment.objects.filter(pk=environment.pk).update(last_used_at=now)
    return environment


def uncompiled() -> QuerySet[Deployment]:
    """Deployments that serve from an environment without byte-code, the oldest first."""
    serving = Deployment.objects.filter(state__in=[State.ACTIVE, State.READY], environment__compiled_at=None)
    return serving.exclude(environment=None).select_related("environment", "workspace").order_by("pk")


def note_compiled(environment: Environment) -> None:
    Environment.objects.filter(pk=environment.pk).update(compiled_at=timezone.now())
