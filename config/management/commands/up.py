import signal
import time
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connections

from config import demo, lifecycle
from config.postgres import PostgresUnavailable
from config.supervisor import SupervisorUnavailable
from deployments.pipeline import platform
from workspaces.encryption import BadKeys

#: How often the foreground looks whether the platform is still there.
WATCH_S = 1.0


class Command(BaseCommand):
    help = "Start the platform and wait until it takes deployments; with --detach return then, else stay until Ctrl-C."
    # The database is not there yet.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--detach", action="store_true", help="leave the platform running and return")
        parser.add_argument(
            "--no-example", action="store_true", help="do not deploy the example app at the first start"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        # Ctrl-C in the middle of the start must take down what was started.
        signal.signal(signal.SIGTERM, _interrupt)
        was_running = lifecycle.supervisor().is_running()
        try:
            self._start(with_example=not options["no_example"])
        except (lifecycle.CannotStart, PostgresUnavailable, SupervisorUnavailable, BadKeys) as error:
            if not was_running:
                lifecycle.down(lambda _: None)
            raise CommandError(str(error)) from error
        except KeyboardInterrupt:
            lifecycle.down(self._say)
            return
        if options["detach"]:
            return
        if was_running:
            self._say("It was running already; stop it with 'manage.py down'.")
            return
        self._stay()

    def _start(self, *, with_example: bool) -> None:
        lifecycle.up(self._say)
        credentials = demo.found() or demo.saved()
        example = None
        if credentials is not None and with_example:
            self._say(f"Deploying the example {demo.APP}")
            example = demo.deploy_example(credentials, self._write)
        self._print_addresses(credentials, example)

    def _print_addresses(self, credentials: demo.Credentials | None, example: str | None) -> None:
        self.stdout.write("")
        self.stdout.write(self.style.SUCCESS(f"Slipway       {settings.URL}"))
        if example:
            self.stdout.write(self.style.SUCCESS(f"First app     {example}"))
        if credentials:
            self.stdout.write(f"Sign in as    {credentials.username} with the password in {settings.HOME.credentials}")
        if not platform.is_root():
            self.stdout.write("Note          All apps share this user's uid; they are told apart by namespaces.")

    def _stay(self) -> None:
        self.stdout.write("Ctrl-C stops everything.")
        try:
            while self._watch():
                self._say("The platform's supervisor was killed: bringing everything back")
                # They were to the database that has ended with it.
                connections.close_all()
                lifecycle.up(self._say)
            self._say("The platform was stopped from elsewhere.")
        except KeyboardInterrupt:
            self.stdout.write("")
            lifecycle.down(self._say)
        except (lifecycle.CannotStart, PostgresUnavailable, SupervisorUnavailable, BadKeys) as error:
            raise CommandError(str(error)) from error

    def _watch(self) -> bool:
        """Return when the supervisor has ended: whether it was killed, and should be there."""
        supervisor = lifecycle.supervisor()
        while supervisor.is_running():
            time.sleep(WATCH_S)
        return supervisor.was_killed()

    def _write(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()

    def _say(self, text: str) -> None:
        self._write(f"· {text}")


def _interrupt(*_: Any) -> None:
    raise KeyboardInterrupt
