import uuid

from django.db import models

from packagerepos.indexes import IndexStrategy
from packagerepos.policy import Installer, ProhibitedAction
from workspaces.models import Workspace
from workspaces.querysets import WorkspaceQuerySet

__all__ = ["Installer", "PackagePolicy", "ProhibitedAction"]


def _choices(kinds: type[IndexStrategy | Installer | ProhibitedAction]) -> list[tuple[str, str]]:
    return [(str(kind), str(kind).replace("_", " ").capitalize()) for kind in kinds]


class PackagePolicy(models.Model):
    """What a workspace decides about its packages. What is empty is as the site says."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    workspace = models.OneToOneField(Workspace, models.CASCADE, related_name="package_policy")
    index_strategy = models.CharField(max_length=20, choices=_choices(IndexStrategy), default=IndexStrategy.FIRST_MATCH)
    prohibited_action = models.CharField(max_length=10, choices=_choices(ProhibitedAction), blank=True)
    external_version_matching = models.BooleanField(null=True, blank=True)
    installer = models.CharField(max_length=10, choices=_choices(Installer), blank=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = WorkspaceQuerySet["PackagePolicy"].as_manager()

    class Meta:
        verbose_name = "package policy"
        verbose_name_plural = "package policies"

    def __str__(self) -> str:
        return f"Packages of {self.workspace}"
