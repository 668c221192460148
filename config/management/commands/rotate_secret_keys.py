from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError

from config import secret_keys as platform_keys
from deployments.pipeline import platform
from workspaces import second_factors
from workspaces.encryption import BadKeys, KeyRing
from workspaces.operations import secret_keys


class Command(BaseCommand):
    help = (
        "Seal with the first key whatever another key sealed: every secret, and what instances of apps restart with. "
        "The platform runs meanwhile. May be ended and called again."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            platform_keys.provide()
            ring = KeyRing.from_file(settings.SECRET_KEYS_FILE)
        except BadKeys as error:
            raise CommandError(str(error)) from error
        except OperationalError as error:
            raise CommandError("The database does not answer. Start the platform first: manage.py up") from error
        outcome = secret_keys.reseal(ring, self._report)
        factors = second_factors.reseal(ring)
        instances = platform.engine(sandboxed=True).reseal(ring)
        self.stdout.write(f"Sealed anew: secrets {outcome.resealed}, instances of apps {instances}.")
        if outcome.lost.count:
            raise CommandError(f"No key opens {outcome.lost}; they stay as they are. Keep every key until they open.")
        if factors.lost:
            raise CommandError(
                f"No key opens the second steps of {factors.lost} sign-ins. Keep every key until they open."
            )
        self.stdout.write("Only the first key is needed from now on.")

    def _report(self, done: int) -> None:
        self.stdout.write(f"Secrets sealed anew so far: {done}")
        self.stdout.flush()
