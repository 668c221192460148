"""What running apps are heard to lack: from lines beside their logs to findings of their deployments."""

from collections.abc import Iterator

from deployments import layout
from deployments.logs import complaints, segments
from deployments.logs.complaints import CONTEXT_LINES
from deployments.models import Deployment
from deployments.operations import findings
from deployments.pipeline import known_modules
from deployments.pipeline.world import World
from deployments.venvs.diagnosing.diagnosis import lacks

#: Read in one round; more waits for the next.
LINES = 200


def hear(deployment: Deployment, world: World) -> None:
    """Costs one look for a folder as long as nothing complains."""
    folder = complaints.folder(layout.app_log(deployment.app))
    if not folder.is_dir():
        return
    page = segments.read(folder, world.memory.heard.get(deployment.pk), LINES)
    source = layout.source(deployment.bundle)
    for lines in _told_by(deployment, page):
        lack = lacks(lines, lambda: known_modules.import_names(deployment.workspace), source=source)
        if lack is not None:
            findings.note(deployment, lack, world.now)
    # Only now: whoever is killed before hears it again, and a finding is noted once.
    world.memory.heard[deployment.pk] = page.next_offset


def _told_by(deployment: Deployment, page: segments.Page) -> Iterator[list[str]]:
    """Each complaint of the deployment's instances with the lines before it."""
    before: dict[str, list[str]] = {instance.engine_id: [] for instance in deployment.instances.all()}
    for line in page.lines:
        if line.source not in before:
            continue
        before[line.source] = [*before[line.source][-CONTEXT_LINES:], line.text]
        if complaints.is_complaint(line.text):
            yield before[line.source]
            before[line.source] = []
