"""The steps of a story: each leaves two rows for the timeline and its lines in the build log."""

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress

from django.utils import timezone

from deployments import layout
from deployments.logs.lines import Line
from deployments.logs.segments import Writer
from deployments.models import Deployment, DeploymentEvent, EventKind
from workspaces.redaction import Masker

#: Who a line of a build log is from.
SOURCE = "slipway"


class Story:
    """Tells one deployment's build or release. ``hide`` masks what the build was given as secret.

    Lines of the log are written as they are said; the timeline once ``show`` is called, or at the end. So a step that
    is over in a moment costs no query of its own: whatever may take longer calls ``show`` first.
    """

    def __init__(self, deployment: Deployment, *, should_stop: Callable[[], bool] = lambda: False) -> None:
        self.deployment = deployment
        self.should_stop = should_stop
        self._hidden: frozenset[str] = frozenset()
        self._masker = Masker(())
        self._log = Writer(layout.build_log(deployment))
        self._unwritten: list[DeploymentEvent] = []

    def hide(self, secrets: Iterable[str]) -> None:
        """Mask these from now on, besides those before."""
        self._hidden |= frozenset(secrets)
        self._masker = Masker(self._hidden)

    def say(self, text: str) -> None:
        """``text`` may have several lines: each is one of the log."""
        self._log.append([Line(time.time(), SOURCE, line) for line in self._masker.mask(text).splitlines()])

    def end(self, text: str) -> None:
        """The last words of what the row says already: a full disk loses them, and nothing else."""
        with suppress(OSError):
            self.say(text)

    @contextmanager
    def step(self, name: str, title: str) -> Iterator[None]:
        """``title`` heads the step in the log: "Resolving packages". A failed step is left open: its state tells."""
        self.say(f"── {title}")
        self._note(EventKind.STEP_STARTED, name)
        yield
        self._note(EventKind.STEP_FINISHED, name)

    def show(self) -> None:
        """Write the timeline as far as it has come: somebody may be watching it."""
        events, self._unwritten = self._unwritten, []
        if events:
            DeploymentEvent.objects.bulk_create(events)

    def close(self) -> None:
        self._log.close()
        self.show()

    def _note(self, kind: EventKind, name: str) -> None:
        self._unwritten.append(DeploymentEvent(deployment=self.deployment, at=timezone.now(), kind=kind, name=name))
