"""What a round kills, always without a warning."""

import os
import random
import signal
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass

from tests.journeys.platform import Platform
from tests.journeys.test_healing import pid_of, processes_of

Kill = Callable[[Platform, random.Random], int]


@dataclass(frozen=True)
class Victim:
    """``kill`` answers how many processes it met. ``is_behind`` says that no visitor may notice it."""

    name: str
    kill: Kill
    is_behind: bool = True


def _kill(pids: Iterable[int]) -> int:
    met = 0
    for pid in pids:
        try:
            os.kill(pid, signal.SIGKILL)
            met += 1
        except ProcessLookupError:
            continue
    return met


def _service(name: str) -> Kill:
    return lambda platform, _: _kill([pid_of(platform, name)])


def _worker_with_all_below_it(platform: Platform, _: random.Random) -> int:
    os.killpg(pid_of(platform, "worker"), signal.SIGKILL)
    return 1


def _builds(platform: Platform) -> list[int]:
    return sorted(pid for pid, words in processes_of(platform.home).items() if "/scratch/" in words)


def _one_of_the_build(platform: Platform, chance: random.Random) -> int:
    found = _builds(platform)
    return _kill([chance.choice(found)]) if found else 0


def _all_of_the_build(platform: Platform, _: random.Random) -> int:
    return _kill(_builds(platform))


def _supervisor_of_instances(platform: Platform, _: random.Random) -> int:
    return _kill([int((platform.home / "instances" / "engine.pid").read_text())])


def _everything(platform: Platform, _: random.Random) -> int:
    # All at one moment: nothing may see another die and draw conclusions.
    for pid in (found := processes_of(platform.home)):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGSTOP)
    met = _kill(found)
    platform.until(lambda: not processes_of(platform.home))
    platform.up()
    return met


VICTIMS = (
    Victim("worker", _service("worker")),
    Victim("worker with all below it", _worker_with_all_below_it),
    Victim("one process of the build", _one_of_the_build),
    Victim("all processes of the build", _all_of_the_build),
    Victim("controller", _service("controller")),
    Victim("web", _service("web")),
    Victim("postgres", _service("postgres")),
    Victim("proxy", _service("proxy"), is_behind=False),
    Victim("supervisor of instances", _supervisor_of_instances, is_behind=False),
    Victim("everything, as in a power cut", _everything, is_behind=False),
)
