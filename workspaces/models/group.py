import uuid

from django.conf import settings
from django.db import models

from workspaces.models.workspace import Workspace
from workspaces.querysets import WorkspaceQuerySet


class BuiltinGroup(models.TextChoices):
    """Groups without rows: whoever is a member (an admin) of the workspace is in them."""

    ADMINS = "admins", "Admins"
    USERS = "users", "Users"


class Group(models.Model):
    """A workspace's own group of members. No group may have the name of a built-in one."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="groups")
    name = models.CharField(max_length=128)
    created_at = models.DateTimeField(auto_now_add=True)
    created_by_name = models.CharField(max_length=254)
    members = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="workspace_groups", blank=True)

    objects = WorkspaceQuerySet["Group"].as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "name"], name="one_group_per_name")]

    def __str__(self) -> str:
        return self.name
