from django.conf import settings
from django.db import models

from workspaces.models.workspace import Workspace
from workspaces.querysets import WorkspaceQuerySet


class Role(models.TextChoices):
    ADMIN = "admin", "Admin"
    MEMBER = "member", "Member"


class Membership(models.Model):
    """A person's place in a workspace."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="memberships")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role, default=Role.MEMBER)
    created_at = models.DateTimeField(auto_now_add=True)
    # People are deactivated, never deleted: their name stays on what they did.
    deactivated_at = models.DateTimeField(null=True, blank=True)
    # In this workspace: what somebody does elsewhere is nobody's business here.
    last_seen_at = models.DateTimeField(null=True, blank=True)

    objects = WorkspaceQuerySet["Membership"].as_manager()

    class Meta:
        verbose_name = "member"
        constraints = [models.UniqueConstraint(fields=["workspace", "user"], name="one_membership_per_person")]

    def __str__(self) -> str:
        return f"{self.user} in {self.workspace}"
