from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from deployments.models import Environment
from deployments.pipeline import platform
from deployments.reaping import round as reaping


class Command(BaseCommand):
    help = "Remove the environments and packages that nothing needs any more, now and without waiting."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="Only say what would go, and how much that frees.")

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        condemned = reaping.plan(now)
        freed = platform.store().freed_by([row.key for row in condemned])
        for row in condemned:
            self.stdout.write(_line(row))
        gone = condemned if options["dry_run"] else reaping.reap(now, marked_for=timedelta(0))
        verb = "would go" if options["dry_run"] else "went"
        self.stdout.write(
            f"{_count(gone)} {verb}, {freed.at_once:,} bytes at once and {freed.with_packages:,} bytes more"
            " with the packages that no other environment has."
        )


def _line(row: Environment) -> str:
    used = f"last used {row.last_used_at:%Y-%m-%d %H:%M} UTC" if row.last_used_at else "never used"
    why = f", {row.cleared_because}" if row.cleared_at else ""
    return f"{row.key}  Python {row.python_version}  {row.packages} packages  {row.size_bytes:,} bytes  {used}{why}"


def _count(rows: Sequence[Environment]) -> str:
    return "1 environment" if len(rows) == 1 else f"{len(rows)} environments"
