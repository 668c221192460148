import uuid

from django.conf import settings
from django.db import models

from workspaces.models.membership import Role
from workspaces.models.workspace import Workspace
from workspaces.querysets import WorkspaceQuerySet


class Invitation(models.Model):
    """A link by which somebody joins a workspace. Only the SHA-256 of its token is kept.

    Whoever holds a link that was shown to its maker must not learn whether the address has an account. So a newcomer's
    name and password are kept here as a request, until a site admin lets them in.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="invitations")
    email = models.EmailField()
    role = models.CharField(max_length=10, choices=Role, default=Role.MEMBER)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    created_by_name = models.CharField(max_length=254)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    # The link was mailed, so whoever has it reads that mailbox; or its maker sees all accounts anyway.
    begins_account = models.BooleanField(default=False, editable=False)
    requested_at = models.DateTimeField("waiting for a site admin since", null=True, blank=True)
    requested_name = models.CharField(max_length=150, blank=True)
    requested_password = models.CharField(max_length=128, blank=True, editable=False)
    requested_from = models.GenericIPAddressField(null=True, blank=True)

    objects = WorkspaceQuerySet["Invitation"].as_manager()

    def __str__(self) -> str:
        return self.email
