"""Give each instance a port of its own."""

import socket
from collections.abc import Collection, Iterable
from itertools import chain

from deployments.engines.base import EngineUnavailable


class NoFreePort(EngineUnavailable):
    """Every port of the range is taken."""


def choose(ports: range, taken: Collection[int], wanted: Iterable[int] = ()) -> int:
    """A port of ``ports`` that no instance has and nothing listens on, if possible one of ``wanted``.

    The caller holds a lock and writes the port down before it gives the lock back. Raises ``NoFreePort``.
    """
    for port in chain(wanted, ports):
        if port in ports and port not in taken and is_free(port):
            return port
    raise NoFreePort(
        f"All ports from {ports.start} to {ports.stop - 1} are in use. Stop an app, or give the engine more ports."
    )


def is_free(port: int) -> bool:
    """Whether a program could listen on ``port`` now, on whichever address."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("0.0.0.0", port))  # noqa: S104
            probe.listen(1)
        except OSError:
            return False
    return True
