"""A way for clients that know no other port than 80."""

import contextlib
import socket
import socketserver
import threading
from collections.abc import Iterator

HOST = "127.0.0.1"


@contextlib.contextmanager
def leading_to(port: int) -> Iterator[dict[str, str]]:
    """Variables with which such a client reaches ``port`` of this machine at http://127.0.0.1.

    By a forwarder on port 80; where that is taken, or not ours to take, by naming ``port`` as the client's proxy: Envoy
    takes requests for a whole address, too.
    """
    try:
        server = _Forwarder((HOST, 80), port)
    except OSError:
        yield {"http_proxy": f"http://{HOST}:{port}"}
        return
    with server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield {"no_proxy": "*"}
        server.shutdown()


class _Forwarder(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, address: tuple[str, int], port: int) -> None:
        self.port = port
        super().__init__(address, _Connection)


class _Connection(socketserver.BaseRequestHandler):
    server: _Forwarder

    def handle(self) -> None:
        with socket.create_connection((HOST, self.server.port)) as upstream:
            back = threading.Thread(target=_pump, args=(upstream, self.request), daemon=True)
            back.start()
            _pump(self.request, upstream)
            back.join()


def _pump(source: socket.socket, target: socket.socket) -> None:
    """Everything until ``source`` ends, then the end itself."""
    with contextlib.suppress(OSError):
        while data := source.recv(65_536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
