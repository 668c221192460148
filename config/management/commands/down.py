from typing import Any

from django.core.management.base import BaseCommand

from config import lifecycle


class Command(BaseCommand):
    help = "Stop the platform and all apps. 'up' brings back every app that is wanted running."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        lifecycle.down(lambda text: self.stdout.write(f"· {text}"))
