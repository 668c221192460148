"""Bells: they wake somebody to look at the rows, and carry no truth of their own.

All are part of the caller's transaction: nobody is woken for what was rolled back.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django_q.status import Stat
from django_q.tasks import async_task

BUILD_NEXT = "deployments.tasks.build_next"
COMPILE_NEXT = "deployments.tasks.compile_next"
RESTORE_NEXT = "deployments.tasks.restore_next"
REAP = "deployments.tasks.reap"
PREVIEW_NEXT = "deployments.tasks.preview_next"
TRY_OPTING_OUT_NEXT = "deployments.tasks.try_opting_out_next"
RESOLVE_NEXT_IMAGE = "deployments.tasks.resolve_next_image"
CONTROLLER_CHANNEL = "slipway_controller"


@dataclass(frozen=True)
class Cluster:
    """A running set of workers, with the number of its processes."""

    workers: int
    started_at: datetime


def ring_worker() -> None:
    """Let a worker build whatever should be built next."""
    async_task(BUILD_NEXT)


def ring_compiler() -> None:
    """Let a worker compile the byte-code of an environment that serves without."""
    async_task(COMPILE_NEXT)


def ring_restorer() -> None:
    """Let a worker make an environment again that something should run in."""
    async_task(RESTORE_NEXT)


def ring_reaper() -> None:
    """Let a worker remove what nothing needs any more."""
    async_task(REAP)


def ring_previewer() -> None:
    """Let a worker try the next app with other package repositories."""
    async_task(PREVIEW_NEXT)


def ring_opt_out_tryer() -> None:
    """Let a worker do the next step of a preview of opting out."""
    async_task(TRY_OPTING_OUT_NEXT)


def ring_image_resolver() -> None:
    """Let a worker resolve the list of a base image that waits for it."""
    async_task(RESOLVE_NEXT_IMAGE)


def ring_controller() -> None:
    """Let the controller compare what is desired with what is."""
    with connection.cursor() as cursor:
        cursor.execute(f"NOTIFY {CONTROLLER_CHANNEL}")


def clusters() -> list[Cluster]:
    """Those that gave a sign of life within the last 3 s: no row is read, they write it beside the database."""
    return [Cluster(len(found.workers), found.tob) for found in Stat.get_all() if found.tob is not None]
