from django.db import models

from deployments.models.environment import Lock
from workspaces.models import Workspace
from workspaces.querysets import WorkspaceQuerySet


class LockEntry(models.Model):
    """One package of a lock as a row of its own, so that it is found by its name among all locks.

    Written with its lock and never changed, like it: what a deployment is made of is still the lock's own word.
    """

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+")
    lock = models.ForeignKey(Lock, models.CASCADE, related_name="entries")
    # Canonical: "scikit-learn", never "scikit_learn".
    name = models.CharField(max_length=200)
    # Empty where only building tells it.
    version = models.CharField(max_length=200, blank=True)
    # Empty for what a requirement named directly.
    index = models.TextField(blank=True)
    # ``venvs.lock.Origin``
    origin = models.CharField(max_length=20)

    objects = WorkspaceQuerySet["LockEntry"].as_manager()

    class Meta:
        verbose_name_plural = "lock entries"
        indexes = [models.Index(fields=["workspace", "name", "lock"], name="lock_entries_by_name")]

    def __str__(self) -> str:
        return f"{self.name} {self.version}".strip()
