import uuid
from typing import Any

from django.db import models
from django.utils import timezone

from workspaces.models import Workspace
from workspaces.querysets import WorkspaceQuerySet


class Lock(models.Model):
    """Resolved requirements: what one request key was answered with.

    The same request key gives the same lock without resolving again; "rebuild" replaces the row.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="locks")
    request_key = models.CharField(max_length=64)
    # As ``venvs.lock.Lock.to_json`` writes it.
    content = models.JSONField()
    # What was asked, in words (``LockRequest.asked``), so that the next build can say what is different.
    asked = models.JSONField(default=dict)
    # Which of its packages need which, read once they were installed (``venvs.inspecting.needs.Needs``); null is
    # not known: of locks from before this was kept, and of those that were never installed.
    needs = models.JSONField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    superseded_at = models.DateTimeField(null=True, blank=True)

    objects = WorkspaceQuerySet["Lock"].as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "request_key"],
                condition=models.Q(superseded_at=None),
                name="one_lock_per_request_key",
            )
        ]

    def __str__(self) -> str:
        return self.request_key


class Environment(models.Model):
    """One installed set of packages on disk, shared by every deployment that needs exactly it.

    ``fingerprint`` stands for what is installed, ``key`` names the folder. They differ once an environment was
    cleared: it stays for what runs in it, and the next build makes another folder. ``workspace`` is null when every
    artefact came from the site's public index. Whether it is whole is the marker's word on disk, never this row's.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    workspace = models.ForeignKey(Workspace, models.CASCADE, null=True, blank=True, related_name="environments")
    key = models.CharField(max_length=16, unique=True)
    fingerprint = models.CharField(max_length=16, default="", blank=True)
    python_version = models.CharField(max_length=20)
    packages = models.PositiveIntegerField(default=0)
    # Of ``size_bytes`` what was written for it alone, and what it only names: files of the store of packages.
    size_bytes = models.BigIntegerField(default=0)
    own_bytes = models.BigIntegerField(default=0)
    shared_bytes = models.BigIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    # Null while it is made for the first time.
    built_at = models.DateTimeField(null=True, blank=True)
    # Byte-code comes after the first start, which should not wait for it; null means still to do.
    compiled_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    verified_at = models.DateTimeField(null=True, blank=True)
    # Nothing needs it any more, found at that time; whoever wants it until it is removed only unsets this.
    marked_at = models.DateTimeField(null=True, blank=True)
    # Not to be used for anything new, with the reason in words that complete "it was …".
    cleared_at = models.DateTimeField(null=True, blank=True)
    cleared_because = models.CharField(max_length=200, blank=True)
    # Workspaces that cleared a shared environment: they make their own, the others keep it.
    avoided_by = models.ManyToManyField(Workspace, related_name="avoided_environments", blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["fingerprint"], condition=models.Q(cleared_at=None), name="one_current_environment"
            )
        ]

    def __str__(self) -> str:
        return self.key

    def save(self, *args: Any, **options: Any) -> None:
        # The first folder is named for what is in it.
        self.fingerprint = self.fingerprint or self.key
        super().save(*args, **options)


class Restoration(models.Model):
    """A deployment's environment is to be made again from its lock: what should run has none to run in.

    The row is the wish; whoever has fulfilled it removes the row. ``not_before`` puts off what has just failed.
    """

    deployment = models.OneToOneField("deployments.Deployment", models.CASCADE, related_name="restoration")
    reason = models.CharField(max_length=200)
    requested_at = models.DateTimeField(auto_now_add=True)
    not_before = models.DateTimeField(default=timezone.now)
    attempts = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return str(self.deployment)
