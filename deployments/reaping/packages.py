"""Files of packages that no lock names and no environment has: wheels, what was unpacked of them, byte-code.

Wheels of kept locks stay, so that an environment can be made again when no index has them any more.
"""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from deployments.pipeline import platform
from deployments.reaping import named

#: Unpacking again costs a second, so what no environment has goes sooner than a wheel.
UNPACKED_S = 86_400.0


@dataclass(frozen=True)
class Freed:
    wheels: int
    unpacked: int
    bytecode: int


def remove(now: datetime) -> Freed:
    """Remove what is unneeded and has not been used for ``SLIPWAY_ENVIRONMENT_KEEP_S``.

    Nor since the longest build began: what one has just fetched is named by a lock that this round has not seen.
    """
    store, keep_s = platform.store(), max(settings.ENVIRONMENT_KEEP_S, settings.BUILD_TIMEOUT_S)
    wheels = store.wheels.remove_except(named.wheels(), named.builds(), idle_s=keep_s)
    return Freed(wheels, store.prune_trees(idle_s=UNPACKED_S), store.trees.bytecode.prune(idle_s=keep_s))
