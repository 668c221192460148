"""In front of a real Django, through a real server: what matters is when which of them stops reading."""

import json
import socket
import threading
from collections.abc import Iterator

import pytest
import uvicorn

from workspaces.api.body_limit import FORM_BYTES, BodyLimit

MAX_BYTES = 1024 * 1024
PIECE = b"x" * 65_536


@pytest.fixture
def port(transactional_db: None) -> Iterator[int]:
    from config.asgi import application

    limited = BodyLimit(application, MAX_BYTES)
    server = uvicorn.Server(uvicorn.Config(limited, host="127.0.0.1", port=0, log_level="warning", lifespan="off"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        thread.join(0.01)
        assert thread.is_alive()
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    thread.join(20)


class TestBodyLimit:
    def test_refuses_a_declared_length_before_the_body_is_sent(self, port: int) -> None:
        with _begun(port, f"Content-Length: {MAX_BYTES + FORM_BYTES + 1}") as connection:
            assert _answer(connection) == (413, "limit")

    def test_refuses_a_chunked_body_when_it_has_become_too_large(self, port: int) -> None:
        with _begun(port, "Transfer-Encoding: chunked") as connection:
            for _ in range((MAX_BYTES + FORM_BYTES) // len(PIECE) + 1):
                connection.sendall(b"%x\r\n%s\r\n" % (len(PIECE), PIECE))

            assert _answer(connection) == (413, "limit")

    def test_refuses_in_the_dialect_of_the_address(self, port: int) -> None:
        head = f"Content-Length: {MAX_BYTES + FORM_BYTES + 1}"
        with _begun(port, head, "/api/2.0/secrets/put") as connection:
            status, error = _response(connection)

        assert (status, error["error_code"]) == (413, "RESOURCE_LIMIT_EXCEEDED")
        assert error["message"].startswith("The upload is larger than 1 MiB.")

    def test_lets_through_what_is_small_enough(self, port: int) -> None:
        with _begun(port, "Transfer-Encoding: chunked") as connection:
            for _ in range(MAX_BYTES // len(PIECE)):
                connection.sendall(b"%x\r\n%s\r\n" % (len(PIECE), PIECE))
            connection.sendall(b"0\r\n\r\n")

            assert _answer(connection) == (404, "not_found")


def _begun(port: int, length: str, path: str = "/api/v1/nothing") -> socket.socket:
    """A connection on which the head of a request was sent."""
    connection = socket.create_connection(("127.0.0.1", port), timeout=30)
    connection.sendall(f"POST {path} HTTP/1.1\r\nHost: localhost\r\n{length}\r\n\r\n".encode())
    return connection


def _answer(connection: socket.socket) -> tuple[int, str]:
    status, error = _response(connection)
    return status, error["code"]


def _response(connection: socket.socket) -> tuple[int, dict[str, str]]:
    answer = b""
    while b"}" not in answer and (piece := connection.recv(65_536)):
        answer += piece
    head, _, body = answer.partition(b"\r\n\r\n")
    return int(head.split(b" ")[1]), json.loads(body)
