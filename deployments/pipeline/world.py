"""What the controller sees in one round, and what it acts with."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from deployments.engines.base import Condition, Engine, Status
from deployments.engines.probing import Probe, Prober
from deployments.models import Deployment, EventKind, Instance


@dataclass
class Memory:
    """What is convenient to remember between rounds, and can be lost without harm."""

    prober: Prober = field(default_factory=Prober)
    probes: dict[str, Probe] = field(default_factory=dict)
    steps: dict[int, list[str]] = field(default_factory=dict)
    #: By deployment, how far the complaints of its app were read.
    heard: dict[int, str] = field(default_factory=dict)


@dataclass
class World:
    """``publish(including=deployment)`` gives the proxy the routes as if ``deployment`` were active already."""

    engine: Engine
    statuses: Mapping[str, Status]
    now: datetime
    memory: Memory
    publish: Callable[..., None]

    @property
    def prober(self) -> Prober:
        return self.memory.prober

    def status(self, instance: Instance) -> Status:
        return self.statuses.get(instance.engine_id, Status(Condition.ABSENT))

    def remember_probe(self, instance: Instance, probe: Probe) -> None:
        self.memory.probes[instance.engine_id] = probe

    def last_probe(self, instance: Instance) -> Probe | None:
        return self.memory.probes.get(instance.engine_id)

    def steps(self, deployment: Deployment) -> list[str]:
        """The names of the release steps begun, read from the rows once and then kept up by the caller."""
        if deployment.pk not in self.memory.steps:
            begun = deployment.events.filter(kind=EventKind.STEP_STARTED, name__in=RELEASE_STEPS).values_list(
                "name", flat=True
            )
            self.memory.steps[deployment.pk] = list(dict.fromkeys(begun))
        return self.memory.steps[deployment.pk]


RELEASE_STEPS = ("instances", "startup", "readiness", "others", "switch")
