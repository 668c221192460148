import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from config import lifecycle
from deployments import sandbox
from deployments.pipeline import platform

NOT_RUNNING = 3


class Command(BaseCommand):
    help = "Say what runs and how apps are kept apart. Exit code 0 when everything runs, 3 when something does not."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"Home       {settings.HOME.root}")
        self.stdout.write(f"Address    {settings.URL}")
        self.stdout.write(f"Apps       {_separation()}")
        supervisor = lifecycle.supervisor()
        if not supervisor.is_running():
            self.stdout.write("Platform   not running; start it with 'manage.py up'")
            sys.exit(NOT_RUNNING)
        statuses = supervisor.statuses()
        for status in statuses:
            self.stdout.write(
                f"{status.name:<10} {status.state.lower()}" + (f" (pid {status.pid})" if status.pid else "")
            )
        if any(status.state != "RUNNING" for status in statuses):
            sys.exit(NOT_RUNNING)


def _separation() -> str:
    try:
        sandbox.check()
    except sandbox.Unavailable as reason:
        return f"not sandboxed: {reason}"
    if platform.is_root():
        return "each in a sandbox, with a uid of its own"
    return "each in a sandbox; all share this user's uid and are told apart by namespaces"
