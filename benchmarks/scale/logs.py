"""Log files, as the platform writes them: segments that only grow."""

import time
from collections.abc import Iterator

from benchmarks.scale.people import Tenant
from benchmarks.scale.sizes import Sizes
from deployments import layout
from deployments.logs.lines import Line
from deployments.logs.segments import Writer
from deployments.models import App, Deployment

#: Of all lines, what one app wrote.
SHARE = 0.5
BATCH = 5_000
LEVELS = ("INFO", "INFO", "INFO", "DEBUG", "INFO", "WARNING", "INFO", "INFO", "ERROR", "INFO")


def fill(tenant: Tenant, app: int, sizes: Sizes) -> None:
    """``app`` gets its share of the lines; the others are spread over apps of the workspace and their builds."""
    share = round(sizes.log_lines * SHARE)
    newest = Deployment.objects.filter(app=app).order_by("-number")[0]
    instance = newest.instances.first() or newest.instances.create(workspace=newest.workspace)
    _write(Writer(layout.app_log(App.objects.get(pk=app))), share, instance.engine_id)
    others = App.objects.in_workspace(tenant.workspace).exclude(pk=app).order_by("pk")[: sizes.logged_apps]
    builds = Deployment.objects.filter(app=app).order_by("-pk")[: sizes.logged_apps]
    each = (sizes.log_lines - share) // max(1, len(others) + len(builds))
    for other in others:
        _write(Writer(layout.app_log(other)), each, "0123456789abcdef")
    for deployment in builds:
        _write(Writer(layout.build_log(deployment)), each, "build")


def _write(writer: Writer, number: int, source: str) -> None:
    for first in range(0, number, BATCH):
        writer.append(_lines(first, min(first + BATCH, number), source))
    writer.close()


def _lines(first: int, last: int, source: str) -> Iterator[Line]:
    now = time.time()
    for n in range(first, last):
        level = LEVELS[n % len(LEVELS)]
        yield Line(now + n / 1000, source, f"{level} request {n} of /orders/{n % 977} answered in {n % 83} ms")
