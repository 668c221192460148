"""Files of packages that no lock names and no environment has: wheels, what was unpacked of them, byte-code.

Wheels of kept locks stay, so that an environment can be made again when no index has them any more.
"""

from dataclasses import dataclass
from datetime import datetime

from deployments.pipeline import platform
from deployments.reaping import named
from deployments.reaping.needs import shortest_keep_s

#: Unpacking again costs a second, so what no environment has goes sooner than a wheel.
UNPACKED_S = 86_400.0


@dataclass(frozen=True)
class Freed:
    wheels: int
    unpacked: int
    bytecode: int


def remove(now: datetime) -> Freed:
    """Remove what is unneeded and was not used for as long as such things are kept."""
    store, keep_s = platform.store(), shortest_keep_s()
    wheels = store.wheels.remove_except(named.wheels(), named.builds(), idle_s=keep_s)
    return Freed(wheels, store.prune_trees(idle_s=UNPACKED_S), store.trees.bytecode.prune(idle_s=keep_s))
