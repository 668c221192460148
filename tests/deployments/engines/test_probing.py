import socket
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from deployments.engines import probing
from deployments.engines.probing import Answer, Probe, Prober, probe


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        time.sleep(self.server.delay_s)
        self.server.hosts.append(self.headers["Host"])
        self.send_response(int(self.path.removeprefix("/")))
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[HTTPServer]:
    server = HTTPServer(("127.0.0.1", 0), _Handler)
    server.hosts, server.delay_s = [], 0.0
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


class TestProbe:
    @pytest.mark.parametrize("status", [200, 302, 404, 500])
    def test_tells_the_status(self, server: HTTPServer, status: int) -> None:
        found = probe(f"127.0.0.1:{server.server_port}", f"/{status}", host="app.example.org")

        assert found == Probe(Answer.ANSWERED, status)
        assert server.hosts == ["app.example.org"]

    def test_tells_that_nothing_listens(self) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            endpoint = f"127.0.0.1:{free.getsockname()[1]}"

            assert probe(endpoint, "/", host="a") == Probe(Answer.REFUSED)

    def test_tells_one_that_listens_and_says_nothing(self) -> None:
        with socket.socket() as silent:
            silent.bind(("127.0.0.1", 0))
            silent.listen()

            found = probe(f"127.0.0.1:{silent.getsockname()[1]}", "/", host="a", timeout_s=0.2)

        assert found == Probe(Answer.SILENT)


class TestProber:
    def test_takes_a_prompt_answer_along(self, server: HTTPServer, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(probing, "PROMPT_S", 10.0)  # However busy the machine is.

        found = Prober().ask("one", f"127.0.0.1:{server.server_port}", "/200", host="a")

        assert found == Probe(Answer.ANSWERED, 200)

    def test_leaves_a_slow_answer_to_a_later_call(self, server: HTTPServer) -> None:
        prober = Prober()
        endpoint, server.delay_s = f"127.0.0.1:{server.server_port}", 0.3

        found = prober.ask("one", endpoint, "/200", host="a")
        assert found is None
        while found is None:
            time.sleep(0.01)
            found = prober.ask("one", endpoint, "/200", host="a")

        assert found == Probe(Answer.ANSWERED, 200)
        assert len(server.hosts) == 1

    def test_waits_for_nobody_while_many_are_out(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(probing, "PROMPT_S", 0.2)
        prober = Prober()
        with socket.socket() as silent:
            silent.bind(("127.0.0.1", 0))
            silent.listen()
            endpoint = f"127.0.0.1:{silent.getsockname()[1]}"

            for number in range(probing.FEW):
                prober.ask(f"early {number}", endpoint, "/", host="a")
            began = time.monotonic()
            answers = [prober.ask(f"late {number}", endpoint, "/", host="a") for number in range(10)]

        assert answers == [None] * 10
        assert time.monotonic() - began < 5 * probing.PROMPT_S
