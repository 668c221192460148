import uuid

from django.conf import settings
from django.db import models

from workspaces.models.workspace import Workspace
from workspaces.querysets import WorkspaceQuerySet


class AuditEvent(models.Model):
    """Who did what to which thing, and when. Rows are only ever added; a trigger of the database sees to it.

    Names are kept as text, so that the row still says who and what when both are gone.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="audit_events")
    at = models.DateTimeField(auto_now_add=True)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    actor_name = models.CharField(max_length=254)
    verb = models.CharField(max_length=60)
    object_type = models.CharField(max_length=40)
    object_name = models.CharField(max_length=200)
    address = models.GenericIPAddressField(null=True)
    details = models.JSONField(default=dict)

    objects = WorkspaceQuerySet["AuditEvent"].as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["workspace", "-at"], name="audit_by_time"),
            models.Index(fields=["workspace", "-id"], name="audit_by_number"),
        ]

    def __str__(self) -> str:
        return f"{self.actor_name} {self.verb} {self.object_name}"
