"""A real Envoy between real clients and real little servers."""

import asyncio
import http.client
import json
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
import uvicorn

from deployments.routing import app_cookies
from deployments.routing.envoy_admin import ProxyUnavailable
from deployments.routing.envoy_command import command
from deployments.routing.publish import Publisher
from deployments.routing.routes import Guard, Route, Routes, TokenRoute, Upstream
from deployments.routing.settings import ProxySettings
from deployments.shell import DIE_WITH_PARENT
from tests.deployments.routing import questions

APPS_DOMAIN = "apps.localhost"
PLATFORM_HOST = "localhost"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def echo_app(name: str) -> Callable:
    """Answers with its name and what it was asked; the body of a POST to /headers lists the headers of the answer."""

    async def app(scope, receive, send) -> None:
        if scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.accept", "headers": [(b"set-cookie", b"slipway_session=forged")]})
            while (message := await receive())["type"] == "websocket.receive":
                await send({"type": "websocket.send", "text": f"{name}: {message['text']}"})
            return
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        if (b"x-slipway-question", b"1") in scope["headers"]:
            status, headers, text = questions.answer(scope)
            await send({"type": "http.response.start", "status": status, "headers": headers})
            await send({"type": "http.response.body", "body": text})
            return
        headers = [(b"content-type", b"application/json")]
        if scope["path"] == "/headers":
            headers += [(key.encode(), value.encode()) for key, value in json.loads(body)]
        status = int(body) if scope["path"] == "/status" else 200
        await send({"type": "http.response.start", "status": status, "headers": headers})
        if scope["path"] == "/slow":
            for _ in range(int(scope["query_string"])):
                await send({"type": "http.response.body", "body": name.encode() + b"\n", "more_body": True})
                await asyncio.sleep(0.05)
        asked = {
            "name": name,
            "path": scope["raw_path"].decode(),
            "headers": [(key.decode("latin-1"), value.decode("latin-1")) for key, value in scope["headers"]],
            "body": len(body),
        }
        await send({"type": "http.response.body", "body": json.dumps(asked).encode()})

    return app


class Servers:
    """Any number of little servers in one thread of this process."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._running: list[tuple[uvicorn.Server, Future]] = []

    def start(self, name: str) -> str:
        """A TCP server; returns its endpoint."""
        listener = socket.create_server(("127.0.0.1", 0))
        self._serve(name, listener)
        return f"127.0.0.1:{listener.getsockname()[1]}"

    def start_at(self, name: str, endpoint: str) -> None:
        """A TCP server at an endpoint that was free a moment ago."""
        address, _, port = endpoint.rpartition(":")
        self._serve(name, socket.create_server((address, int(port))))

    def start_on(self, name: str, path: Path) -> None:
        listener = socket.socket(socket.AF_UNIX)
        path.unlink(missing_ok=True)
        listener.bind(str(path))
        self._serve(name, listener)

    def stop_all(self) -> None:
        for server, _ in self._running:
            server.should_exit = server.force_exit = True
        for _, end in self._running:
            end.result(timeout=10)
        self._running.clear()

    def close(self) -> None:
        self.stop_all()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _serve(self, name: str, listener: socket.socket) -> None:
        config = uvicorn.Config(echo_app(name), log_level="critical", lifespan="off", server_header=False)
        server = uvicorn.Server(config)
        listener.listen(2048)
        # _serve is serve without the signal handlers, which belong to the main thread.
        end = asyncio.run_coroutine_threadsafe(server._serve([listener]), self._loop)
        deadline = time.monotonic() + 10
        while not server.started:
            assert not end.done(), end.result()
            assert time.monotonic() < deadline
            time.sleep(0.005)
        self._running.append((server, end))


@dataclass
class Answer:
    status: int
    headers: list[tuple[str, str]]
    body: bytes

    @property
    def json(self) -> dict:
        return json.loads(self.body)

    def header(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key.lower() == name.lower()]

    def received(self, name: str) -> list[str]:
        """The values of a request header as they arrived at the server that echoes."""
        return [value for key, value in self.json["headers"] if key == name]


@dataclass
class Proxy:
    """One Envoy, and the publisher that steers it."""

    settings: ProxySettings
    publisher: Publisher = field(init=False)
    process: subprocess.Popen | None = None

    def __post_init__(self) -> None:
        self.publisher = Publisher(self.settings)

    def start(self) -> None:
        self.publisher.write_initial()
        self.run()

    def run(self) -> None:
        with self.settings.log_file.open("ab") as log:
            self.process = subprocess.Popen([*DIE_WITH_PARENT, *command(self.settings)], stderr=log, stdout=log, env={})
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                if self.publisher.is_listening():
                    return
            except ProxyUnavailable as error:
                if type(error) is not ProxyUnavailable:
                    raise
            time.sleep(0.01)
        raise AssertionError(self.settings.log_file.read_text())

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def ask(self, host: str, path: str = "/", method: str = "GET", body: str | None = None, **options) -> Answer:
        """``headers`` is a list of pairs, sent as they stand."""
        connection = http.client.HTTPConnection("127.0.0.1", self.settings.port, timeout=20)
        connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
        connection.putheader("Host", host)
        for key, value in options.get("headers", ()):
            connection.putheader(key, value)
        if body is not None:
            connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body.encode() if body is not None else None)
        response = connection.getresponse()
        answer = Answer(response.status, response.getheaders(), response.read())
        connection.close()
        return answer


def proxy_settings(folder: Path) -> ProxySettings:
    return ProxySettings(
        folder=folder / "proxy",
        platform_socket=folder / "web.sock",
        admin_socket=folder / "admin.sock",
        apps_domain=APPS_DOMAIN,
        platform_hosts=(PLATFORM_HOST,),
        port=free_port(),
        log_file=folder / "envoy.log",
    )


@contextmanager
def temporary_folder() -> Iterator[Path]:
    """A short one, because sockets lie in it."""
    path = Path(tempfile.mkdtemp(dir="/tmp", prefix="slipway-"))
    try:
        yield path
    finally:
        shutil.rmtree(path)


@pytest.fixture(scope="module")
def shop() -> Iterator[Proxy]:
    """A proxy shared by the tests that change nothing: shop.apps.localhost is an app, all else the platform."""
    with temporary_folder() as folder, closing(Servers()) as servers:
        proxy = Proxy(proxy_settings(folder))
        servers.start_on("platform", proxy.settings.platform_socket)
        try:
            proxy.start()
            upstream = Upstream("shop-1", (servers.start("shop"),))
            proxy.publisher.publish(Routes((upstream,), (Route("shop.apps.localhost", "shop-1"),)))
            yield proxy
        finally:
            proxy.kill()


@pytest.fixture(scope="module")
def guarded() -> Iterator[Proxy]:
    """A proxy with shop.apps.localhost, which asks for a cookie, and open.apps.localhost, which is for everyone."""
    with temporary_folder() as folder, closing(Servers()) as servers:
        proxy = Proxy(replace(proxy_settings(folder), cookie_keys=app_cookies.public_keys(questions.SEED)))
        servers.start_on("platform", proxy.settings.platform_socket)
        try:
            proxy.start()
            upstream = Upstream("shop-1", (servers.start("shop"),))
            shop = Route("shop.apps.localhost", "shop-1", Guard("a-shop.3", ("d" * 32, questions.ENDED)))
            routes = (shop, Route("open.apps.localhost", "shop-1"))
            by_token = TokenRoute("/content/0a1b/", "shop-1", "shop.apps.localhost")
            draft = Upstream("draft-1", (servers.start("draft"),))
            of_bundle = TokenRoute("/content/0a1b/_bundle7/", "draft-1", "shop--d2.apps.localhost")
            proxy.publisher.publish(Routes((upstream, draft), routes, (by_token, of_bundle)))
            yield proxy
        finally:
            proxy.kill()


@pytest.fixture
def folder() -> Iterator[Path]:
    with temporary_folder() as path:
        yield path


@pytest.fixture
def settings(folder: Path) -> ProxySettings:
    return proxy_settings(folder)


@pytest.fixture
def servers() -> Iterator[Servers]:
    with closing(Servers()) as little:
        yield little


@pytest.fixture
def make_proxy(settings: ProxySettings, servers: Servers) -> Iterator[Callable[..., Proxy]]:
    made: list[Proxy] = []

    def make(**changes) -> Proxy:
        proxy = Proxy(replace(settings, **changes))
        made.append(proxy)
        return proxy

    yield make
    for proxy in made:
        proxy.kill()


@pytest.fixture
def proxy(make_proxy: Callable[..., Proxy], servers: Servers, settings: ProxySettings) -> Proxy:
    """Running, with the platform behind it and no apps yet."""
    servers.start_on("platform", settings.platform_socket)
    running = make_proxy()
    running.start()
    return running
