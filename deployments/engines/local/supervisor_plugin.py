"""Two things supervisord cannot be told in a configuration file, added to it as an RPC namespace."""

import time
from typing import Any

from supervisor import events
from supervisor.states import ProcessStates

#: supervisord waits one second more after each crash, without end. A program whose database
#: came back after an hour should not have to wait another.
MAX_BACKOFF_S = 30


class InstancesInterface:
    """``instances.stop(name, grace_s)``: ``stopProcess`` with the grace of this one stop, for a program in any state.

    Returns whether there is such a program. Never waits. ``instances.stop_all(grace_s)`` is the same for all.
    """

    def __init__(self, supervisord: Any) -> None:
        self._supervisord = supervisord
        events.subscribe(events.ProcessStateBackoffEvent, _cap_backoff)

    def stop(self, name: str, grace_s: float) -> bool:
        group = self._supervisord.process_groups.get(name)
        if group is None:
            return False
        for process in group.processes.values():
            _stop(process, grace_s)
        return True

    def stop_all(self, grace_s: float) -> bool:
        for name in self._supervisord.process_groups:
            self.stop(name, grace_s)
        return True


def _stop(process: Any, grace_s: float) -> None:
    process.config.stopwaitsecs = grace_s
    if process.state in (ProcessStates.RUNNING, ProcessStates.STARTING, ProcessStates.BACKOFF):
        process.stop()
    elif process.state == ProcessStates.STOPPING:
        # A shorter grace than before counts; a second stop never prolongs the first.
        process.delay = min(process.delay, time.time() + grace_s)
    else:
        # Ended, and about to be started again.
        process.change_state(ProcessStates.STOPPED)


def _cap_backoff(event: Any) -> None:
    event.process.delay = min(event.process.delay, time.time() + MAX_BACKOFF_S)


def make(supervisord: Any, **config: Any) -> InstancesInterface:
    return InstancesInterface(supervisord)
