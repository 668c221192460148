import uuid

from django.conf import settings
from django.db import models

from packagerepos.querysets import ListedPackageQuerySet
from workspaces.models import Workspace


class ListedPackage(models.Model):
    """A package that the site (no workspace) or a workspace has a rule about. ``name`` is canonical."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    workspace = models.ForeignKey(Workspace, models.CASCADE, null=True, blank=True, related_name="%(class)ss")
    name = models.CharField(max_length=200)
    note = models.CharField(max_length=300, blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    created_by_name = models.CharField(max_length=254)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name

    @property
    def level(self) -> str:
        return "site" if self.workspace_id is None else "workspace"


class ExternalPackage(ListedPackage):
    """Never installed: a requirement of it is satisfied by what the interpreter's own site holds."""

    objects = ListedPackageQuerySet["ExternalPackage"].as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workspace", "name"], name="one_external_package_per_name"),
            models.UniqueConstraint(
                fields=["name"], condition=models.Q(workspace=None), name="one_external_package_of_the_site"
            ),
        ]


class ProhibitedPackage(ListedPackage):
    """Never in an environment: dropped from what is asked for, or the build is refused."""

    objects = ListedPackageQuerySet["ProhibitedPackage"].as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workspace", "name"], name="one_prohibited_package_per_name"),
            models.UniqueConstraint(
                fields=["name"], condition=models.Q(workspace=None), name="one_prohibited_package_of_the_site"
            ),
        ]
