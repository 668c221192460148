"""The one door to this app's tenant-owned rows, and the readings that lists need."""

from typing import Self

from django.db.models import Prefetch

from workspaces.querysets import WorkspaceQuerySet


class AppQuerySet(WorkspaceQuerySet["App"]):  # type: ignore[name-defined]
    """Living apps are what everybody but the controller and the reaper means by apps."""

    def living(self) -> Self:
        return self.filter(deleted_at=None)

    def visible_to(self, principal: "Principal") -> Self:  # type: ignore[name-defined]
        return self.in_workspace(principal.workspace).living()

    def with_state(self) -> Self:
        """With all that ``App.state`` reads, in three queries whatever the number of apps."""
        from deployments.models import Deployment, Instance
        from deployments.models.deployment import IN_FLIGHT

        return self.select_related("active_deployment", "workspace").prefetch_related(
            Prefetch("active_deployment__instances", Instance.objects.all()),
            Prefetch("deployments", Deployment.objects.filter(state__in=IN_FLIGHT, is_draft=False), to_attr="in_flight"),
        )
