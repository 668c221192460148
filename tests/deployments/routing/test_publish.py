import json
import os
import signal
import socket
import threading
from dataclasses import replace

import pytest
from websockets.sync.client import connect

from deployments.routing import documents
from deployments.routing.envoy_routes import cds, rds
from deployments.routing.publish import BadRoutes, NotListening, ProxyUnavailable, Publisher, PublishRejected
from deployments.routing.routes import Route, Routes, TokenRoute, Upstream

HOST = "shop.apps.localhost"


def one_app(name, *endpoints):
    return Routes((Upstream(name, endpoints),), (Route(HOST, name),))


def files(settings):
    return {path.name: path.read_text() for path in settings.folder.glob("*/*.json")}


def inodes(settings):
    """Each rename brings a new one."""
    return {path.name: path.stat().st_ino for path in settings.folder.glob("*/*.json")}


class Visitors:
    """Requests without a pause: each on a new connection, all on one connection, and slow streams."""

    def __init__(self, proxy):
        self.proxy, self.answers, self.errors = proxy, [], []
        self._stop = threading.Event()
        kinds = (self._new_connections, self._one_connection, self._slow_streams)
        self._threads = [threading.Thread(target=self._guarded, args=(kind,)) for kind in kinds]

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *exc):
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _guarded(self, kind):
        try:
            kind()
        except Exception as error:
            self.errors.append(repr(error))

    def _note(self, status, body):
        if status == 200:
            self.answers.append(json.loads(body.splitlines()[-1])["name"])
        else:
            self.errors.append((status, body))

    def _new_connections(self):
        while not self._stop.is_set():
            answer = self.proxy.ask(HOST)
            self._note(answer.status, answer.body)

    def _slow_streams(self):
        while not self._stop.is_set():
            answer = self.proxy.ask(HOST, "/slow?4")
            self._note(answer.status, answer.body)
            names = set(answer.body.splitlines()[:-1])
            if len(answer.body.splitlines()) != 5 or len(names) != 1:
                self.errors.append(answer.body)

    def _one_connection(self):
        with socket.create_connection(("127.0.0.1", self.proxy.settings.port), 10) as client:
            stream = client.makefile("rb")
            while not self._stop.is_set():
                client.sendall(f"GET / HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode())
                status = int(stream.readline().split()[1])
                while stream.readline() != b"\r\n":
                    pass
                body = b""
                while size := int(stream.readline(), 16):
                    body += stream.read(size)
                    stream.readline()
                stream.readline()
                self._note(status, body)


class TestPublish:
    def test_switches_30_times_under_load_without_an_error(self, proxy, servers):
        endpoints = [servers.start("blue"), servers.start("green")]
        old_release = Upstream("shop-0", (endpoints[0],))
        proxy.publisher.publish(Routes((old_release,), (Route(HOST, old_release.name),)))

        with Visitors(proxy) as visitors:
            for number in range(1, 31):
                new_release = Upstream(f"shop-{number}", (endpoints[number % 2],))
                proxy.publisher.publish(Routes((old_release, new_release), (Route(HOST, new_release.name),)))
                while proxy.publisher.active_requests(old_release.name):
                    threading.Event().wait(0.01)
                proxy.publisher.publish(Routes((new_release,), (Route(HOST, new_release.name),)))
                old_release = new_release

        assert visitors.errors == []
        assert set(visitors.answers) == {"blue", "green"}

    def test_lets_a_stream_end_where_it_began_even_when_its_upstream_is_gone(self, proxy, servers):
        proxy.publisher.publish(one_app("shop-1", servers.start("old")))
        answers = []
        stream = threading.Thread(target=lambda: answers.append(proxy.ask(HOST, "/slow?20")))
        stream.start()
        while not proxy.publisher.active_requests("shop-1"):
            threading.Event().wait(0.01)

        proxy.publisher.publish(one_app("shop-2", servers.start("new")))

        assert proxy.ask(HOST).json["name"] == "new"
        assert stream.is_alive()
        stream.join()
        assert answers[0].body.count(b"old\n") == 20

    def test_writes_nothing_when_nothing_changed(self, proxy, servers):
        routes = one_app("shop-1", servers.start("shop"))
        proxy.publisher.publish(routes)
        before = inodes(proxy.settings)

        Publisher(proxy.settings).publish(routes)

        assert inodes(proxy.settings) == before

    def test_takes_an_app_away(self, proxy, servers):
        proxy.publisher.publish(one_app("shop-1", servers.start("shop")))

        proxy.publisher.publish(Routes())

        assert proxy.ask(HOST).json["name"] == "platform"
        assert proxy.publisher.statistics(["shop-1"])["shop-1"].requests == 0

    def test_follows_an_upstream_whose_instances_moved(self, proxy, servers):
        proxy.publisher.publish(one_app("shop-1", servers.start("before")))

        proxy.publisher.publish(one_app("shop-1", servers.start("after")))

        assert proxy.ask(HOST).json["name"] == "after"

    def test_balances_over_all_instances(self, proxy, servers):
        proxy.publisher.publish(one_app("shop-1", servers.start("one"), servers.start("two")))

        assert {proxy.ask(HOST).json["name"] for _ in range(40)} == {"one", "two"}

    def test_passes_over_a_dead_instance(self, proxy, servers):
        with socket.create_server(("127.0.0.1", 0)) as closed_soon:
            dead = f"127.0.0.1:{closed_soon.getsockname()[1]}"
        proxy.publisher.publish(one_app("shop-1", dead, servers.start("alive")))

        answers = [proxy.ask(HOST, "/", method, "x") for method in ("GET", "POST") for _ in range(15)]

        assert {(answer.status, answer.json["name"]) for answer in answers} == {(200, "alive")}

    def test_reaches_an_instance_on_a_unix_socket(self, proxy, servers, folder):
        servers.start_on("shop", folder / "shop.sock")

        proxy.publisher.publish(one_app("shop-1", f"unix:{folder}/shop.sock"))

        assert proxy.ask(HOST).json["name"] == "shop"

    def test_carries_300_apps(self, proxy, servers):
        endpoint = servers.start("any")
        names = [f"app-{number}" for number in range(300)]
        routes = Routes(
            tuple(Upstream(f"{name}-1", (endpoint,)) for name in names),
            tuple(Route(f"{name}.apps.localhost", f"{name}-1") for name in names),
        )

        proxy.publisher.publish(routes)

        assert {proxy.ask(f"app-{number}.apps.localhost").json["name"] for number in (0, 150, 299)} == {"any"}
        assert proxy.publisher.statistics([f"{name}-1" for name in names])["app-150-1"].requests == 1

    @pytest.mark.parametrize(
        ("routes", "named"),
        [
            (Routes((), (Route(HOST, "gone"),)), "'gone'"),
            (Routes((Upstream("a", ("127.0.0.1:1",)),), (Route("localhost", "a"),)), "'localhost'"),
            (Routes((Upstream("a", ("127.0.0.1:1",)),), (Route("evil.example", "a"),)), "'evil.example'"),
            (Routes((Upstream("a", ("127.0.0.1:1",)),), (Route("*.apps.localhost", "a"),)), "'*.apps.localhost'"),
            (Routes((Upstream("a", ("127.0.0.1:1",)),), (Route(HOST, "a"), Route(HOST, "a"))), f"'{HOST}'"),
            (Routes((Upstream("a", ("127.0.0.1:1",)),), (), (TokenRoute("/admin", "a", HOST),)), "'/admin'"),
            (Routes((Upstream("a", ("127.0.0.1:1",)),), (), (TokenRoute("/", "a", HOST),)), "'/'"),
            (
                Routes((Upstream("a", ("127.0.0.1:1",)),), (), (TokenRoute("/c/", "a", "evil.example"),)),
                "'evil.example'",
            ),
            (Routes((Upstream("a", ("127.0.0.1:1",)),), (), (TokenRoute("/c/", "gone", HOST),)), "'gone'"),
            (Routes((Upstream("a", ("127.0.0.1:1",)), Upstream("a", ("127.0.0.1:2",)))), "'a'"),
            (Routes((Upstream("_platform", ("127.0.0.1:1",)),)), "'_platform'"),
            (Routes((Upstream("a.b", ("127.0.0.1:1",)),)), "'a.b'"),
            (Routes((Upstream("a", ("example.org:80",)),)), "'example.org:80'"),
            (Routes((Upstream("a", ("127.0.0.1:1\n",)),)), "127.0.0.1:1"),
            (Routes((Upstream("a", ("127.0.0.1:70000",)),)), "'127.0.0.1:70000'"),
            (Routes((Upstream("a", ()),)), "'a'"),
        ],
    )
    def test_refuses_what_must_not_reach_the_files(self, settings, routes, named):
        publisher = Publisher(settings)
        publisher.write_initial()
        before = files(settings)

        with pytest.raises(BadRoutes) as refused:
            publisher.publish(routes)

        assert named in str(refused.value)
        assert files(settings) == before

    def test_keeps_the_former_routes_when_envoy_refuses_new_ones(self, proxy, servers):
        good = one_app("shop-1", servers.start("good"))
        proxy.publisher.publish(good)
        before = files(proxy.settings)

        with pytest.raises(PublishRejected) as refused:
            proxy.publisher.publish(replace(good, upstreams=(*good.upstreams, Upstream("bad", ("999.1.1.1:80",)))))

        assert "999.1.1.1" in str(refused.value)
        assert files(proxy.settings) == before
        assert proxy.ask(HOST).json["name"] == "good"
        proxy.publisher.publish(good)

    @pytest.mark.parametrize("step", ["clusters", "routes"])
    def test_goes_on_where_a_killed_one_stopped(self, proxy, servers, step):
        old, new = one_app("shop-1", servers.start("old")), one_app("shop-2", servers.start("new"))
        proxy.publisher.publish(old)
        both = cds(proxy.settings, old.upstreams + new.upstreams)
        documents.write(proxy.settings.folder / "cds" / "cds.json", both)
        if step == "routes":
            documents.write(proxy.settings.folder / "rds" / "rds.json", rds(proxy.settings, new))

        Publisher(proxy.settings).publish(new)

        assert proxy.ask(HOST).json["name"] == "new"
        assert documents.read(proxy.settings.folder / "cds" / "cds.json") == cds(proxy.settings, new.upstreams)

    def test_repairs_what_a_killed_one_left_refused(self, proxy, servers):
        good = one_app("shop-1", servers.start("good"))
        proxy.publisher.publish(good)
        refused = cds(proxy.settings, [Upstream("bad", ("999.1.1.1:80",))])
        documents.write(proxy.settings.folder / "cds" / "cds.json", refused)
        while proxy.ask(HOST).status == 200:
            threading.Event().wait(0.01)

        Publisher(proxy.settings).publish(good)

        assert proxy.ask(HOST).json["name"] == "good"

    def test_says_that_the_proxy_is_away_and_writes_nothing(self, proxy, servers):
        before = files(proxy.settings)
        proxy.kill()

        with pytest.raises(ProxyUnavailable):
            proxy.publisher.publish(one_app("shop-1", servers.start("shop")))

        assert files(proxy.settings) == before


class TestWriteInitial:
    def test_forgets_apps_whose_ports_may_belong_to_others_now(self, proxy, servers):
        proxy.publisher.publish(one_app("shop-1", servers.start("shop")))
        proxy.kill()

        proxy.start()

        assert proxy.ask(HOST).json["name"] == "platform"

    def test_leaves_the_routes_of_a_running_proxy(self, proxy, servers):
        proxy.publisher.publish(one_app("shop-1", servers.start("shop")))
        before = inodes(proxy.settings)

        proxy.publisher.write_initial()

        assert inodes(proxy.settings) == before
        assert proxy.ask(HOST).json["name"] == "shop"

    def test_keeps_the_files_to_the_platform(self, proxy):
        assert oct(proxy.settings.folder.stat().st_mode & 0o777) == "0o700"


class TestProxyKilled:
    def test_starts_again_with_the_routes_it_had(self, proxy, servers):
        proxy.publisher.publish(one_app("shop-1", servers.start("shop")))
        os.kill(proxy.process.pid, signal.SIGKILL)
        proxy.process.wait()

        proxy.run()

        assert proxy.ask(HOST).json["name"] == "shop"
        proxy.publisher.publish(one_app("shop-2", servers.start("next")))
        assert proxy.ask(HOST).json["name"] == "next"


class TestIsListening:
    def test_says_which_port_another_program_has(self, make_proxy, settings):
        with socket.create_server(("127.0.0.1", settings.port)), pytest.raises(NotListening) as refused:
            make_proxy().start()

        assert f"Port {settings.port} is used by another program" in str(refused.value)

    def test_shares_its_port_with_no_second_proxy(self, proxy, make_proxy, settings, folder):
        second = make_proxy(folder=folder / "second", admin_socket=folder / "second.sock")

        with pytest.raises(NotListening):
            second.start()


class TestStatistics:
    def test_counts_the_requests_and_errors_of_an_app(self, proxy, servers):
        proxy.publisher.publish(one_app("shop-1", servers.start("shop")))
        proxy.ask(HOST)
        proxy.ask(HOST, "/status", "POST", "500")

        counted = proxy.publisher.statistics(["shop-1", "unknown"])

        assert (counted["shop-1"].requests, counted["shop-1"].server_errors) == (2, 1)
        assert counted["unknown"].requests == 0


@pytest.fixture
def chat(proxy, servers):
    """An open WebSocket to an app; the address names the app, the socket the proxy."""
    proxy.publisher.publish(one_app("shop-1", servers.start("chat")))
    dialled = socket.create_connection(("127.0.0.1", proxy.settings.port))
    with connect(f"ws://{HOST}/", sock=dialled) as opened:
        yield opened


class TestWebSocket:
    def test_exchanges_messages_through_the_proxy(self, chat):
        chat.send("hello")

        assert chat.recv(timeout=10) == "chat: hello"

    def test_cannot_set_a_cookie_of_the_platform(self, chat):
        assert "set-cookie" not in chat.response.headers

    def test_outlives_a_switch(self, chat, proxy, servers):
        proxy.publisher.publish(one_app("shop-2", servers.start("next")))

        chat.send("still here?")

        assert chat.recv(timeout=10) == "chat: still here?"

    def test_keeps_its_upstream_busy_until_it_closes(self, chat, proxy):
        while_open = proxy.publisher.active_requests("shop-1")
        chat.close()
        while proxy.publisher.active_requests("shop-1"):
            threading.Event().wait(0.01)

        assert while_open == 1
