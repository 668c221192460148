"""Whose fault it was: theirs gets the sentence it brought, ours says so and is logged with its traceback."""

import logging

from django.utils import timezone

from deployments.failures import Failure, FailureKind
from deployments.models import Deployment, State
from deployments.models.finding import LACKS, Finding
from workspaces.disk_room import is_disk_full

log = logging.getLogger(__name__)


def as_failure(error: Exception) -> Failure:
    """``error`` as something that can be shown to the person who deploys."""
    if isinstance(error, Failure):
        return error
    if is_disk_full(error):
        log.error("The disk is full")
        return Failure(
            FailureKind.DISK_FULL, "The platform's disk is full.", "Ask the operator to free space, then deploy again."
        )
    log.exception("A deployment failed unexpectedly", exc_info=error)
    return Failure(
        FailureKind.INTERNAL,
        "Something went wrong on our side. This one is on us.",
        "Deploy again; if it happens again, tell the operator the time and the number of this deployment.",
    )


def end(deployment: Deployment, failure: Failure) -> bool:
    """Fail the deployment with its sentence; what serves keeps serving. ``False`` if it had ended already."""
    return deployment.move(
        State.FAILED,
        text=failure.message,
        failure_kind=failure.kind,
        failure_message=failure.message,
        failure_hint=failure.hint,
        findings=[Finding.of(failure, timezone.now().isoformat()).to_json()] if failure.kind in LACKS else [],
    )
