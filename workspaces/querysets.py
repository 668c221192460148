"""The one door to rows that a workspace owns."""

from typing import TYPE_CHECKING, Self, TypeVar

from django.db import models

from workspaces.errors import NotFound

if TYPE_CHECKING:
    # The models themselves have these managers.
    from workspaces.models import Workspace
    from workspaces.principals import Principal

Row = TypeVar("Row", bound=models.Model)


class WorkspaceQuerySet(models.QuerySet[Row]):
    """Rows with a ``workspace`` column. Nobody sees more than what ``visible_to`` gives."""

    def in_workspace(self, workspace: "Workspace") -> Self:
        return self.filter(workspace=workspace)

    def visible_to(self, principal: "Principal") -> Self:
        return self.in_workspace(principal.workspace)

    def find(self, principal: "Principal", **lookup: object) -> Row:
        """The one visible row of that description. Raises ``NotFound``: another workspace's row does not exist."""
        row = self.visible_to(principal).filter(**lookup).first()
        if row is None:
            wanted = " ".join(str(value) for value in lookup.values())
            noun = self.model._meta.verbose_name
            raise NotFound(
                f"There is no {noun} {wanted!r} in this workspace.", f"The list shows each {noun} that you can reach."
            )
        return row
