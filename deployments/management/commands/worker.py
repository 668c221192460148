import gc
import os
import signal
from importlib import import_module
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import connection

from deployments import queue
from deployments.reaping import leftovers


class Command(BaseCommand):
    help = "The workers: build what is queued. What a killed cluster left running is ended first."

    def handle(self, *args: Any, **options: Any) -> None:
        group_file = Path(settings.HOME.run) / "worker.pgid"
        _kill_leftovers(group_file)
        if os.getpgrp() != os.getpid():
            os.setpgrp()
        group_file.write_text(str(os.getpgrp()))
        leftovers.clear_workbenches()
        _keep_connections()
        _load_tasks()
        call_command("qcluster")


def _keep_connections() -> None:
    """Each process of the cluster does one thing after another, on one connection for as long as that is good.

    A new one for each task would cost a build more than its own queries: PostgreSQL begins every session with empty
    caches. Whether it is good is asked before each task, so a restart of the database is no failure.
    """
    connection.settings_dict["CONN_MAX_AGE"] = None


def _load_tasks() -> None:
    """Before the cluster forks: its processes share what is loaded, and no first build waits for it."""
    import_module(queue.BUILD_NEXT.rpartition(".")[0])
    # What is there by now stays: a collection in the middle of a build need not look through it, which takes 0.1 s.
    gc.collect()
    gc.freeze()


def _kill_leftovers(group_file: Path) -> None:
    """The cluster's children go on working when its first process is killed: there would be two clusters."""
    try:
        group = int(group_file.read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return
    if group != os.getpgrp() and _is_ours(group):
        try:
            os.killpg(group, signal.SIGKILL)
        except ProcessLookupError:
            return


def _is_ours(group: int) -> bool:
    """Process numbers come again: only a group whose every process is a worker of this home is ended."""
    members = [
        process for process in Path("/proc").iterdir() if process.name.isdecimal() and _group_of(process) == group
    ]
    home = f"SLIPWAY_HOME={settings.HOME.root}".encode()
    return bool(members) and all(_is_worker(process, home) for process in members)


def _group_of(process: Path) -> int:
    try:
        return os.getpgid(int(process.name))
    except ProcessLookupError:
        return -1


def _is_worker(process: Path, home: bytes) -> bool:
    try:
        words = (process / "cmdline").read_bytes().split(b"\0")
        environment = (process / "environ").read_bytes().split(b"\0")
    except OSError:
        return False
    return b"worker" in words and home in environment
