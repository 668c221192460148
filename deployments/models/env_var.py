import uuid

from django.conf import settings
from django.db import models

from deployments.models.app import App
from deployments.models.secret_reference import SecretReference
from workspaces.models import Workspace
from workspaces.querysets import WorkspaceQuerySet


class EnvVar(models.Model):
    """An environment variable of an app: a plain value, or the scope and key of a secret read at each start.

    The reference is by name, so that a scope that is made anew serves again once the app was granted it.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="env_vars")
    app = models.ForeignKey(App, models.CASCADE, related_name="env_vars")
    name = models.CharField(max_length=200)
    value = models.TextField(blank=True)
    secret_scope = models.CharField(max_length=128, blank=True)
    secret_key = models.CharField(max_length=128, blank=True)
    updated_at = models.DateTimeField(auto_now=True)
    updated_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    updated_by_name = models.CharField(max_length=254)

    objects = WorkspaceQuerySet["EnvVar"].as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["app", "name"], name="one_env_var_per_name")]
        ordering = ["name"]
        verbose_name = "environment variable"

    def __str__(self) -> str:
        return self.name

    @property
    def is_secret(self) -> bool:
        return bool(self.secret_scope)

    @property
    def reference(self) -> SecretReference:
        """Where the value comes from, of one that ``is_secret``."""
        return SecretReference(self.secret_scope, self.secret_key)
