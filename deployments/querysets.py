"""The one door to this app's tenant-owned rows, and the readings that lists need."""

from typing import TYPE_CHECKING, Self

from django.db.models import Prefetch, Q

from workspaces.principals import Principal
from workspaces.querysets import WorkspaceQuerySet

if TYPE_CHECKING:
    from deployments.models.app import App  # noqa: F401 (the generic arguments below)
    from deployments.models.base_image import BaseImage, BaseImageVersion  # noqa: F401
    from workspaces.models import Workspace


class AppQuerySet(WorkspaceQuerySet["App"]):
    """Living apps are what everybody but the controller and the reaper means by apps."""

    def living(self) -> Self:
        return self.filter(deleted_at=None)

    def visible_to(self, principal: Principal) -> Self:
        return self.in_workspace(principal.workspace).living()

    def with_state(self) -> Self:
        """With all that ``App.state`` reads, in three queries whatever the number of apps."""
        from deployments.models import Deployment
        from deployments.models.deployment import IN_FLIGHT

        in_flight = Deployment.objects.filter(state__in=IN_FLIGHT, is_draft=False)
        rows = self.select_related("active_deployment", "workspace").prefetch_related("active_deployment__instances")
        return rows.prefetch_related(Prefetch("deployments", in_flight, to_attr="in_flight"))


class BaseImageQuerySet(WorkspaceQuerySet["BaseImage"]):
    """The site's images are everybody's."""

    def in_workspace(self, workspace: "Workspace") -> Self:
        return self.filter(Q(workspace=workspace) | Q(workspace=None))


class BaseImageVersionQuerySet(WorkspaceQuerySet["BaseImageVersion"]):
    def in_workspace(self, workspace: "Workspace") -> Self:
        return self.filter(Q(workspace=workspace) | Q(workspace=None))

    def published(self) -> Self:
        return self.filter(published_at__isnull=False)
