"""What django-q2 calls."""

import logging
import os
import socket

from django.utils import timezone

from deployments import queue, shell
from deployments.models import Deployment, State
from deployments.models.deployment import commits_without_waiting
from deployments.operations import base_image_rows, builds, index_previews, opt_out_work, restorations
from deployments.operations import environments as environment_rows
from deployments.pipeline import base_images, environments, failures, leases, opting_out, previews, restoring
from deployments.pipeline.build import build
from deployments.pipeline.steps import Story
from deployments.reaping import round as reaping
from workspaces.database_absence import is_absence

log = logging.getLogger(__name__)


def build_next() -> None:
    """Answer a bell: build what should be built next, if anything. Safe to run at any time, twice, or in parallel."""
    owner = f"{socket.gethostname()}:{os.getpid()}"
    with commits_without_waiting():
        deployment = builds.claim(owner, timezone.now())
        if deployment is not None:
            with leases.kept(deployment, owner) as lease:
                _build(deployment, lease)
            # Another one may have waited for this one's place.
            queue.ring_controller()


def compile_next() -> None:
    """Compile the byte-code of one environment that serves without. Twice, or in parallel, does the same work once."""
    deployment = environment_rows.uncompiled().first()
    if deployment is not None:
        environments.compile_bytecode(deployment)


def restore_next() -> None:
    """Make one environment again whose deployment has nothing to run in. Twice, or in parallel, it is made once."""
    with restorations.next_due(timezone.now()) as wish:
        if wish is not None:
            restoring.restore(wish)


def reap() -> None:
    """Remove what nothing needs any more."""
    reaping.reap(timezone.now())


def preview_next() -> None:
    """Try one app with other package repositories, if a preview is under way. Safe twice, or in parallel."""
    task = index_previews.claim(timezone.now())
    if task is None:
        return
    deployment = task.result.app.active_deployment
    changes: previews.Changes = []
    failure = "It is not active any more."
    if deployment is not None:
        with leases.held(lambda: index_previews.renew(task, timezone.now())) as lease:
            try:
                changes, failure = previews.compare(deployment, task.indexes, lease.is_lost)
            except shell.Stopped:
                return  # The preview is gone, or its next owner begins this app again.
    index_previews.answer(task, changes=changes, failure=failure, now=timezone.now())


def try_opting_out_next() -> None:
    """Do one step of a preview of opting out, if there is one to do. Safe twice, or in parallel."""
    preview = opt_out_work.claim(timezone.now())
    if preview is not None:
        with leases.held(lambda: opt_out_work.renew(preview, timezone.now())) as lease:
            opting_out.advance(preview, lease.is_lost)


def resolve_next_image() -> None:
    """Resolve the list of one version of a base image. Twice, or in parallel, the first answer stands."""
    version = base_image_rows.claim_unresolved(timezone.now())
    if version is not None:
        base_images.resolve(version, log.info, lambda: False)
        base_image_rows.note_resolved(version)


def _build(deployment: Deployment, lease: leases.Lease) -> None:
    story = Story(deployment, should_stop=lease.is_lost)
    try:
        build(deployment, story)
    except shell.Stopped:
        _stopped(deployment, story)
    except Exception as error:
        if is_absence(error):
            raise  # Nobody can note how it ended; the lease runs out, and another worker builds it.
        failure = failures.as_failure(error)
        story.show()
        if not lease.is_lost() and failures.end(deployment, failure):
            story.end(f"FAILED: {failure.message}\n{failure.hint}")
    finally:
        story.close()


def _stopped(deployment: Deployment, story: Story) -> None:
    """Cancelled, or taken over: in the second case the row belongs to somebody else and is left alone."""
    deployment.refresh_from_db()
    if deployment.cancel_requested_at is not None and deployment.move(State.CANCELLED, text="Cancelled"):
        story.end("CANCELLED.")
