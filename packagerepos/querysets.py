"""Rows of the site, which everybody sees, beside those of a workspace."""

from typing import TYPE_CHECKING, Self, TypeVar

from django.db import models

from workspaces.querysets import WorkspaceQuerySet

if TYPE_CHECKING:
    from workspaces.models import Workspace
    from workspaces.principals import Principal

Row = TypeVar("Row", bound=models.Model)


class ListedPackageQuerySet(WorkspaceQuerySet[Row]):
    """Rows whose workspace is empty are the site's."""

    def in_force(self, workspace: "Workspace") -> Self:
        """What holds for a workspace: the site's and its own."""
        return self.filter(models.Q(workspace=workspace) | models.Q(workspace=None))

    def visible_to(self, principal: "Principal") -> Self:
        return self.in_force(principal.workspace)
