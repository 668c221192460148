"""Looking at all apps once in a while, beside the work of the controller."""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import OperationalError

from deployments.engines.base import Engine
from deployments.metrics import keeping, slots
from deployments.metrics.measured import Measured, together
from deployments.metrics.readings import Reading, cpu_since, requests_since
from deployments.models import Deployment, Instance
from deployments.models.instance import LIVE
from deployments.models.sample import COARSE_S
from deployments.routing import traffic
from deployments.routing.envoy_admin import EnvoyAdmin
from deployments.routing.traffic import Counted
from deployments.timeline.incidents import Incident, note

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Serving:
    """A deployment with instances, other than a draft."""

    deployment_id: int
    app_id: int
    upstream: str
    instances: tuple[str, ...]


@dataclass
class Look:
    """A reading that a thread is taking. A hanging engine or proxy hangs the thread, and nobody waits for it."""

    slot: datetime
    serving: Sequence[Serving]
    reading: Reading | None = None
    problem: str = ""
    is_over: bool = False


class Sampler:
    """``tick`` as often as you like: it returns at once, and begins a look when a new slot of ``every_s`` has begun.

    What a look finds is written at a later tick. Whatever goes wrong is a gap in the graphs and a line in the log, and
    counts go on from the last look that succeeded.
    """

    def __init__(
        self, engine: Engine, proxy: EnvoyAdmin, *, every_s: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._engine = engine
        self._proxy = proxy
        self._every_s = every_s
        self._clock = clock
        self._look: Look | None = None
        self._before: Reading | None = None
        self._slot: datetime | None = None
        self._added_up: datetime | None = None
        self._complaint = ""

    def tick(self, now: datetime) -> None:
        if not self._every_s:
            return
        try:
            self._take_up(now)
            self._begin(now)
        except OperationalError:
            raise
        except Exception as error:
            # Nothing that an app does may keep the controller from its work.
            self._complain(f"what was measured could not be kept: {error!r}")

    def _begin(self, now: datetime) -> None:
        slot = slots.begin(now, self._every_s)
        if slot == self._slot:
            return
        self._slot = slot
        if self._look is not None:
            self._complain("the engine or the proxy has not answered since the last look")
            return
        # What is counted now happened in the slot that has just ended.
        self._look = Look(slot - timedelta(seconds=self._every_s), _serving())
        threading.Thread(target=self._read, args=(self._look,), name="sampler", daemon=True).start()

    def _read(self, look: Look) -> None:
        try:
            instances = [name for serving in look.serving for name in serving.instances]
            # The clock between the two: each takes a moment.
            counted = traffic.read(self._proxy)
            at_s = self._clock()
            look.reading = Reading(at_s, counted, self._engine.usage(instances))
        except Exception as error:
            look.problem = str(error) or repr(error)
        look.is_over = True

    def _take_up(self, now: datetime) -> None:
        look = self._look
        if look is None or not look.is_over:
            return
        self._look = None
        if look.reading is None:
            self._complain(look.problem)
            return
        before = self._before
        # The first look of a controller comes at any moment; too short a time after it tells nothing.
        if before is not None and look.reading.at_s - before.at_s < self._every_s / 2:
            return
        self._before = look.reading
        if before is not None:
            self._keep(look, before, look.reading, now)
        self._complaint = ""

    def _keep(self, look: Look, before: Reading, reading: Reading, now: datetime) -> None:
        requests = requests_since(before, reading)
        keeping.write(look.slot, self._every_s, _measured(look.serving, before, reading))
        _note_ejections(look.serving, {name: counted.ejections for name, counted in requests.items()}, now)
        self._add_up(now)

    def _add_up(self, now: datetime) -> None:
        slot = slots.begin(now, COARSE_S)
        if slot != self._added_up:
            keeping.add_up(now)
            self._added_up = slot

    def _complain(self, problem: str) -> None:
        """Once, until something else is wrong or a look succeeds."""
        if problem != self._complaint:
            log.warning("The graphs of apps have a gap: %s", problem)
        self._complaint = problem


def _serving() -> list[Serving]:
    rows = Instance.objects.filter(state__in=LIVE, deployment__is_draft=False).select_related("deployment")
    found: dict[int, list[Instance]] = {}
    for row in rows.only("uuid", "deployment__uuid", "deployment__app_id").order_by("deployment_id", "pk"):
        found.setdefault(row.deployment_id, []).append(row)
    return [
        Serving(
            deployment_id,
            instances[0].deployment.app_id,
            instances[0].deployment.upstream,
            tuple(instance.engine_id for instance in instances),
        )
        for deployment_id, instances in found.items()
    ]


def _measured(serving: Sequence[Serving], before: Reading, now: Reading) -> dict[int, Measured]:
    """By app: during a switch two of its deployments run side by side."""
    covered_s = now.at_s - before.at_s
    requests, cpu_s = requests_since(before, now), cpu_since(before, now)
    by_app: dict[int, list[Measured]] = {}
    for one in serving:
        counted = requests.get(one.upstream, Counted())
        running = [name for name in one.instances if name in now.usage]
        measured = Measured(
            covered_s=covered_s,
            requests=counted.requests,
            errors=counted.errors,
            bytes_out=counted.bytes_out,
            times=counted.times if counted.requests else (),
            memory_bytes=sum(now.usage[name].memory_bytes for name in running),
            instances=len(running),
            cpu_ms=round(1000 * sum(cpu_s[name] for name in running)),
        )
        by_app.setdefault(one.app_id, []).append(measured)
    wholes = {app_id: _side_by_side(parts) for app_id, parts in by_app.items()}
    return {app_id: whole for app_id, whole in wholes.items() if whole.instances or whole.requests}


def _side_by_side(parts: Sequence[Measured]) -> Measured:
    """At the same time, unlike ``together``: levels are added too, and the time is the same for all."""
    whole = together(parts)
    return Measured(
        parts[0].covered_s, whole.requests, whole.errors, whole.bytes_out, whole.times,
        sum(part.memory_bytes for part in parts), sum(part.instances for part in parts), whole.cpu_ms,
    )  # fmt: skip


def _note_ejections(serving: Sequence[Serving], ejections: dict[str, int], now: datetime) -> None:
    ejected = {one.deployment_id: ejections.get(one.upstream, 0) for one in serving}
    ejected = {deployment_id: times for deployment_id, times in ejected.items() if times}
    for deployment in Deployment.objects.filter(pk__in=ejected) if ejected else ():
        note(deployment, Incident.EJECTED, "did not answer", now, times=ejected[deployment.pk])
