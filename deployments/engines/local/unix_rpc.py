"""XML-RPC over a unix socket, with a deadline."""

import xmlrpc.client
from http.client import HTTPConnection
from pathlib import Path
from socket import AF_UNIX, SOCK_STREAM, socket
from typing import Any

#: supervisord answers in milliseconds; this is for a machine that swaps.
RPC_TIMEOUT_S = 10.0


def client(path: Path) -> xmlrpc.client.ServerProxy:
    """Connects at each call: the server may have been started anew between two. Raises ``OSError`` and its kin."""
    return xmlrpc.client.ServerProxy("http://localhost/RPC2", transport=_UnixTransport(path), allow_none=True)


class _UnixTransport(xmlrpc.client.Transport):
    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path

    def make_connection(self, host: Any) -> HTTPConnection:
        self.close()
        connection = _UnixConnection(self._path)
        self._connection = host, connection
        return connection


class _UnixConnection(HTTPConnection):
    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=RPC_TIMEOUT_S)
        self._path = path

    def connect(self) -> None:
        self.sock = socket(AF_UNIX, SOCK_STREAM)
        self.sock.settimeout(RPC_TIMEOUT_S)
        self.sock.connect(str(self._path))
