"""XML-RPC over a unix socket, as both supervisords speak it."""

import xmlrpc.client
from http.client import HTTPConnection
from pathlib import Path
from socket import AF_UNIX, SOCK_STREAM, socket
from typing import Any

#: supervisord answers in milliseconds; stopping a program waits as long as the program may take.
TIMEOUT_S = 60.0


def connect(path: Path, timeout_s: float = TIMEOUT_S) -> Any:
    """A proxy with the server's methods: ``connect(path).supervisor.getState()``. They raise ``OSError``."""
    return xmlrpc.client.ServerProxy(
        "http://localhost/RPC2", transport=_UnixTransport(path, timeout_s), allow_none=True
    )


class _UnixTransport(xmlrpc.client.Transport):
    """One connection per call: the server may have been started anew between two."""

    def __init__(self, path: Path, timeout_s: float) -> None:
        super().__init__()
        self._path = path
        self._timeout_s = timeout_s

    def make_connection(self, host: Any) -> HTTPConnection:
        self.close()
        connection = _UnixConnection(self._path, self._timeout_s)
        self._connection = host, connection
        return connection


class _UnixConnection(HTTPConnection):
    def __init__(self, path: Path, timeout_s: float) -> None:
        super().__init__("localhost", timeout=timeout_s)
        self._path = path

    def connect(self) -> None:
        self.sock = socket(AF_UNIX, SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))
