"""An environment that is gone, cleared or damaged, noticed when something is to start in it, and made again."""

import logging
from dataclasses import replace

from django.utils import timezone

from deployments import shell
from deployments.failures import Failure, FailureKind
from deployments.models import Deployment, Instance, Restoration
from deployments.operations import environments as rows
from deployments.operations import restorations
from deployments.pipeline import environments, failures, locks, platform, reasons
from deployments.pipeline.launches import StoredLaunch
from deployments.pipeline.steps import Story
from deployments.venvs.lock import Lock

log = logging.getLogger(__name__)


def problem(deployment: Deployment) -> str:
    """Why nothing new may start in the deployment's environment, completing "its environment …"; else empty."""
    key = StoredLaunch.from_json(deployment.launch).environment
    row = deployment.environment
    if row is not None and row.key == key and row.cleared_at is not None:
        return f"was {row.cleared_because or 'cleared'}"
    if row is not None and row.key == key and row.avoided_by.filter(pk=deployment.workspace_id).exists():
        return "was cleared by an admin for this workspace"
    return "" if not key or platform.store().is_ready(key) else "is not on the disk any more"


def failure_after_crash(deployment: Deployment, instance: Instance) -> Failure | None:
    """Whether it was the environment's fault that a first start failed."""
    if not problem(deployment) and not look_for_damage(instance):
        return None
    return Failure(
        FailureKind.ENVIRONMENT_DAMAGED,
        "The app's environment was damaged on the platform's disk. This one is on us.",
        "Deploy again: the environment is made anew.",
    )


def look_for_damage(instance: Instance) -> bool:
    """After a crash: whether the environment it ran in is damaged. If so, nothing new uses that one."""
    row = instance.environment
    if row is None or not platform.store().is_ready(row.key):
        return False
    damage = platform.store().verify(row.key)
    if damage:
        log.warning("Environment %s is damaged: %s", row.key, reasons.few(damage))
        rows.distrust(row, "found damaged on the disk")
    return bool(damage)


def restore(wish: Restoration) -> None:
    """Make it again from the lock, and say so in the deployment's log. A failure is told there, and tried again."""
    deployment = wish.deployment
    story = Story(deployment)
    try:
        if restorations.is_wanted(wish):
            _restore(deployment, wish.reason, story)
        restorations.fulfil(wish)
    except shell.Stopped:
        raise
    except Exception as error:
        failure = failures.as_failure(error)
        story.say(f"The environment could not be made again: {failure.message}")
        story.say(failure.hint)
        restorations.put_off(wish, timezone.now())
    finally:
        story.close()


def _restore(deployment: Deployment, reason: str, story: Story) -> None:
    launch = StoredLaunch.from_json(deployment.launch)
    interpreter = platform.interpreter_of(launch)
    assert deployment.lock is not None, "What serves was built from a lock."
    story.say("── Making the environment again")
    story.say(f"Its environment {reason}: it is made again from the lock, with the same packages.")
    content = Lock.from_json(deployment.lock.content)
    row = environments.ensure(
        deployment, content, interpreter, story,
        indexes=lambda: locks.indexes_again(deployment, interpreter, story), is_restored=True,
    )  # fmt: skip
    Deployment.objects.filter(pk=deployment.pk).update(launch=replace(launch, environment=row.key).to_json())
