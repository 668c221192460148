"""Who builds what next: leases in the deployments' own rows.

A queue entry is only a bell. The truth is a lease that the worker renews; a build whose lease has
run out is taken over by whoever looks next, and goes through the same idempotent steps again.
"""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Count, Exists, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from deployments.failures import FailureKind
from deployments.models import Deployment, State
from deployments.models.deployment import UNDER_WAY
from deployments.operations import row_leases


def claimable(now: datetime) -> "QuerySet[Deployment]":
    """What a worker could take now: waiting, with no other of its app under way; or abandoned in the middle."""
    others = Deployment.objects.filter(app=OuterRef("app"), state__in=UNDER_WAY, is_draft=False).exclude(
        pk=OuterRef("pk")
    )
    waiting = Q(state=State.QUEUED) & (Q(is_draft=True) | ~Exists(others))
    abandoned = Q(state=State.BUILDING) & row_leases.free(now)
    return Deployment.objects.filter(waiting | abandoned)


def claim(owner: str, now: datetime) -> Deployment | None:
    """Take the next build under a lease, or ``None``. Workspaces take turns: the one that builds least goes first."""
    building = (
        Deployment.objects.filter(workspace=OuterRef("workspace"), state=State.BUILDING, lease_until__gt=now)
        .order_by().values("workspace").annotate(number=Count("*")).values("number")
    )  # fmt: skip
    turn = Coalesce(Subquery(building, output_field=IntegerField()), 0)
    try:
        with transaction.atomic():
            free = claimable(now).annotate(turn=turn).order_by("turn", "created_at", "id")
            read = free.select_related("app", "workspace", "created_by", "bundle__workspace", "lock", "activates")
            deployment = read.select_for_update(of=("self",), skip_locked=True).first()
            if deployment is None:
                return None
            deployment.app.workspace = deployment.workspace
            return deployment if _take(deployment, owner, now) else None
    except IntegrityError:
        # Another worker took a deployment of the same app in the same moment: the partial unique index held.
        return None


def renew(deployment: Deployment, owner: str, now: datetime) -> bool:
    """Extend the lease; ``False`` when the build is no longer this worker's to finish, or is to be cancelled."""
    mine = Deployment.objects.filter(pk=deployment.pk, state=State.BUILDING, lease_owner=owner)
    return bool(mine.filter(cancel_requested_at=None).update(lease_until=row_leases.until(now)))


def fail_exhausted(now: datetime) -> int:
    """End builds whose workers died too often. Returns how many."""
    exhausted = claimable(now).filter(state=State.BUILDING, build_attempts__gte=settings.BUILD_ATTEMPTS)
    return sum(
        deployment.move(
            State.FAILED,
            now=now,
            failure_kind=FailureKind.INTERRUPTED,
            failure_message=f"The build was interrupted {deployment.build_attempts} times. This one is on us.",
            failure_hint="Deploy again. If it happens again, its source may need more memory than this machine has.",
        )
        for deployment in exhausted
    )


def _take(deployment: Deployment, owner: str, now: datetime) -> bool:
    lease: dict[str, Any] = {
        "lease_owner": owner,
        "lease_until": row_leases.until(now),
        "build_attempts": deployment.build_attempts + 1,
    }
    if deployment.state == State.QUEUED:
        return deployment.move(State.BUILDING, **lease)
    if deployment.build_attempts >= settings.BUILD_ATTEMPTS:
        return False
    Deployment.objects.filter(pk=deployment.pk).update(**lease)
    deployment.refresh_from_db(fields=list(lease))
    return True
