"""What is needed, and so what is not: whole sets, asked of the database in one query each."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import F, Q, QuerySet, Window
from django.db.models.functions import RowNumber
from django.db.models.lookups import LessThanOrEqual

from deployments.models import Bundle, Deployment, Environment, Instance, Lock, State
from deployments.models.deployment import IN_FLIGHT, UNDER_WAY
from deployments.models.instance import LIVE

#: What has passed its checks once, and can serve again.
PASSED = (State.READY, State.ACTIVE, State.DRAINING, State.RETIRED)
SERVING = (State.READY, State.ACTIVE, State.DRAINING)
#: A bundle is uploaded before the deployment that needs it is requested.
FRESH = timedelta(days=1)


def unneeded_environments(now: datetime) -> QuerySet[Environment]:
    """What may be removed: nothing runs or starts in it, and nobody should miss it.

    That is what was cleared, what a failed build left, and what neither serves, nor is among the kept deployments of
    its app, nor was used of late.
    """
    in_use = Q(pk__in=_environments_of(state__in=UNDER_WAY)) | Q(pk__in=_with_instances())
    wanted = Q(pk__in=_environments_of(state__in=SERVING))
    missed = (
        Q(last_used_at__gte=now - timedelta(seconds=settings.ENVIRONMENT_KEEP_S))
        | Q(pk__in=_of_kept_deployments().values("environment"))
        | Q(pk__in=Deployment.objects.filter(state__in=IN_FLIGHT).exclude(activates__environment=None).values(
            "activates__environment"))
    )  # fmt: skip
    expendable = Q(cleared_at__isnull=False) | (~wanted & (Q(built_at=None) | ~missed))
    return Environment.objects.filter(~in_use & expendable)


def bundles_to_remove(now: datetime) -> QuerySet[Bundle]:
    """Uploads that only deployments too old to be kept have, with their archives."""
    kept = Q(pk__in=_alive().values("bundle")) | Q(
        pk__in=_last_of_each_app(Deployment.objects.all(), settings.KEPT_BUNDLES).values("bundle")
    )
    kept |= Q(pk__in=_of_kept_deployments(with_environment=False).values("bundle"))
    found = Bundle.objects.filter(~kept, removed_at=None, created_at__lt=now - FRESH)
    return found.filter(pk__in=Deployment.objects.values("bundle"))


def bundles_to_pack_up(now: datetime) -> QuerySet[Bundle]:
    """Uploads whose unpacked form nobody uses: the archive stays, and is unpacked again when it is asked for."""
    kept = Q(pk__in=_alive().values("bundle"))
    kept |= Q(pk__in=_of_kept_deployments(with_environment=False).values("bundle"))
    return Bundle.objects.filter(~kept, removed_at=None, created_at__lt=now - FRESH)


def unneeded_locks(now: datetime) -> QuerySet[Lock]:
    """Answers of the resolver that no deployment could use any more, nor anybody who asks the same of late."""
    usable = Deployment.objects.filter(Q(bundle__removed_at=None) | Q(state__in=SERVING)).exclude(lock=None)
    old = Q(created_at__lt=now - timedelta(seconds=shortest_keep_s()))
    return Lock.objects.filter(old & ~Q(pk__in=usable.values("lock")))


def shortest_keep_s() -> float:
    """For how long what belongs to packages stays in any case: ``SLIPWAY_ENVIRONMENT_KEEP_S``, but as long as a build.

    What one has just resolved or fetched is named by nobody that a round, begun before, could see.
    """
    return max(settings.ENVIRONMENT_KEEP_S, settings.BUILD_TIMEOUT_S)


def _environments_of(**which: Any) -> QuerySet[Deployment, Any]:
    return Deployment.objects.filter(**which).exclude(environment=None).values("environment")


def _with_instances() -> "QuerySet[Environment, Any]":
    """Where something runs. Instances that began before this was noted run in their deployment's environment."""
    noted = Environment.objects.filter(instances__state__in=LIVE)
    older = Environment.objects.filter(
        pk__in=Instance.objects.filter(state__in=LIVE, environment=None)
        .exclude(deployment__environment=None)
        .values("deployment__environment")
    )
    return noted.values("pk").union(older.values("pk"))


def _alive() -> QuerySet[Deployment]:
    running = Q(instances__state__in=LIVE)
    return Deployment.objects.filter(Q(state__in=(*IN_FLIGHT, *SERVING)) | running)


def _of_kept_deployments(*, with_environment: bool = True) -> QuerySet[Deployment]:
    """The last of each app that can serve again."""
    passed = Deployment.objects.filter(state__in=PASSED)
    return _last_of_each_app(
        passed.exclude(environment=None) if with_environment else passed, settings.KEPT_DEPLOYMENTS
    )  # fmt: skip


def _last_of_each_app(deployments: QuerySet[Deployment], number: int) -> QuerySet[Deployment]:
    place = Window(RowNumber(), partition_by=[F("app")], order_by=F("number").desc())
    return deployments.alias(place=place).filter(LessThanOrEqual(F("place"), number))
