import json
import socket
import threading
import time

import pytest

from deployments.routing.envoy_admin import EnvoyAdmin
from deployments.routing.envoy_config import lds
from deployments.routing.envoy_routes import PLATFORM_CLUSTER
from deployments.routing.routes import Route, Routes, Upstream

HOST = "shop.apps.localhost"


def answering(shop, *headers):
    """What a visitor receives when the app answers with these headers."""
    return shop.ask(HOST, "/headers", "POST", json.dumps(headers))


class TestRouting:
    @pytest.mark.parametrize("host", [HOST, f"{HOST}:8000", "SHOP.apps.localhost"])
    def test_leads_a_host_to_its_app(self, shop, host):
        assert shop.ask(host).json["name"] == "shop"

    @pytest.mark.parametrize("host", ["localhost", "other.apps.localhost", "evil.example", f"x.{HOST}", "192.0.2.1"])
    def test_leads_every_other_host_to_the_platform(self, shop, host):
        assert shop.ask(host).json["name"] == "platform"

    @pytest.mark.parametrize(
        ("asked", "received"),
        [
            ("/a//b", "/a//b"),
            ("//a", "//a"),
            ("/http://example.org/", "/http://example.org/"),
            ("/a%2Fb%5Cc%20d", "/a%2Fb%5Cc%20d"),
            ("/a/../b/./c", "/b/c"),
            ("/../../etc", "/etc"),
            ("/%2e%2e/etc", "/etc"),
        ],
    )
    def test_resolves_dot_segments_and_leaves_other_paths_alone(self, shop, asked, received):
        assert shop.ask(HOST, asked).json["path"] == received


class TestRequestHeaders:
    @pytest.mark.parametrize("host", [HOST, "localhost"])
    @pytest.mark.parametrize(
        "name",
        ["X-Slipway-User", "x_slipway_user", "X-Slipway-Anything", "X-Forwarded-User", "X-Forwarded-Email", "Forwarded",
         "X-Forwarded-Groups", "X-Forwarded-Access-Token", "X-Forwarded-Preferred-Username", "X-Forwarded-Port",
         "X-Envoy-Upstream-Rq-Timeout-Ms", "X-Envoy-Original-Path", "Proxy", "X_Forwarded_For"],
    )  # fmt: skip
    def test_drops_what_a_visitor_forged(self, shop, host, name):
        answer = shop.ask(host, headers=[(name, "forged"), ("X-Kept", "kept")])

        assert "forged" not in [value for _, value in answer.json["headers"]]
        assert answer.received("x-kept") == ["kept"]

    def test_says_itself_where_the_request_came_from(self, shop):
        names = ("X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "X-Real-Ip", "X-Request-Id")

        answer = shop.ask(f"{HOST}:8000", headers=[(name, "forged") for name in names])

        assert answer.received("x-forwarded-for") == ["127.0.0.1"]
        assert answer.received("x-real-ip") == ["127.0.0.1"]
        assert answer.received("x-forwarded-proto") == ["http"]
        assert answer.received("x-forwarded-host") == [f"{HOST}:8000"]
        assert answer.received("host") == [f"{HOST}:8000"]
        assert len(answer.received("x-request-id")[0]) == 36

    def test_adds_nothing_of_envoy(self, shop):
        received = [name for name, _ in shop.ask(HOST).json["headers"]]

        assert not [name for name in received if "envoy" in name]

    def test_believes_a_trusted_proxy_before_it(self, make_proxy, servers, settings):
        servers.start_on("platform", settings.platform_socket)
        proxy = make_proxy(trusted_proxies=1)
        proxy.start()

        sent = [("X-Forwarded-For", "203.0.113.9"), ("X-Forwarded-Proto", "https"), ("X-Forwarded-User", "forged")]
        answer = proxy.ask("localhost", headers=sent)

        assert answer.received("x-real-ip") == ["203.0.113.9"]
        assert answer.received("x-forwarded-proto") == ["https"]
        assert answer.received("x-forwarded-user") == []


class TestCookies:
    @pytest.mark.parametrize(
        ("sent", "received"),
        [
            (["slipway_session=s"], []),
            (["a=1; slipway_session=s; b=2"], ["a=1; b=2"]),
            (["slipway_session=s; a=1"], ["a=1"]),
            (["a=1; slipway_app=s"], ["a=1"]),
            (["slipway_a=s", "a=1", "slipway_b=s; b=2"], ["a=1; b=2"]),
            (["a=1;slipway_session=s;b=2"], ["a=1;b=2"]),
            (['q="x; slipway_session=s; y"'], ['q="x; y"']),
            (["__Host-slipway_session=s; __Secure-slipway_x=s; a=1"], ["a=1"]),
            (["slipway_session=s;slipway_session=t"], []),
            (["my_slipway_x=1; b=slipway_y;  c = 3 ;;d"], ["my_slipway_x=1; b=slipway_y;  c = 3 ;;d"]),
        ],
    )  # fmt: skip
    def test_of_the_platform_never_reach_an_app(self, shop, sent, received):
        answer = shop.ask(HOST, headers=[("Cookie", cookie) for cookie in sent])

        assert answer.received("cookie") == received

    def test_of_the_platform_reach_the_platform(self, shop):
        answer = shop.ask("localhost", headers=[("Cookie", "a=1; slipway_session=s")])

        assert answer.received("cookie") == ["a=1; slipway_session=s"]

    @pytest.mark.parametrize(
        "cookie",
        ["slipway_session=forged", "=slipway_session=forged", " = slipway_session=forged", "slipway_session",
         "__Host-slipway_session=forged; Path=/; Secure", "__host-slipway_session=forged"],
    )  # fmt: skip
    def test_of_the_platform_cannot_be_set_by_an_app(self, shop, cookie):
        answer = answering(shop, ("set-cookie", cookie), ("set-cookie", "a=1; Path=/"))

        assert answer.header("set-cookie") == ["a=1; Path=/"]

    @pytest.mark.parametrize(
        ("set_by_app", "received"),
        [
            ("a=1; Domain=apps.localhost; Path=/", "a=1; Path=/"),
            ("a=1;domain=.localhost", "a=1"),
            ("a=1; DOMAIN\t= localhost ; HttpOnly; domain=x; Domain", "a=1; HttpOnly"),
            ("domain=1; Max-Age=3", "domain=1; Max-Age=3"),
            ("a=domain; X-Domain=x; Domains=y", "a=domain; X-Domain=x; Domains=y"),
        ],
    )
    def test_of_an_app_stay_on_its_own_host(self, shop, set_by_app, received):
        assert answering(shop, ("set-cookie", set_by_app)).header("set-cookie") == [received]

    def test_survive_an_app_that_clears_site_data(self, shop):
        assert answering(shop, ("clear-site-data", '"*"')).header("clear-site-data") == ['"cache", "storage"']


class TestAnswerHeaders:
    def test_are_those_of_the_app(self, shop):
        answer = answering(shop, ("server", "gunicorn"), ("x-own", "1"))

        assert [name for name, _ in answer.headers] == ["date", "content-type", "server", "x-own", "transfer-encoding"]
        assert answer.header("server") == ["gunicorn"]


class TestProtocols:
    def test_speaks_http_1_0(self, shop):
        with socket.create_connection(("127.0.0.1", shop.settings.port), 10) as client:
            client.sendall(f"GET / HTTP/1.0\r\nHost: {HOST}\r\n\r\n".encode())
            answer = client.makefile("rb").read()

        assert b" 200 OK\r\n" in answer
        assert b'"name": "shop"' in answer

    def test_speaks_http_2_without_tls(self, shop):
        preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
        empty_settings = b"\0\0\0\4\0\0\0\0\0"
        with socket.create_connection(("127.0.0.1", shop.settings.port), 10) as client:
            client.sendall(preface + empty_settings)
            frame_type = client.recv(9)[3]

        assert frame_type == 4  # SETTINGS

    def test_streams_a_large_upload(self, shop):
        assert shop.ask(HOST, "/", "POST", "x" * 5_000_000).json["body"] == 5_000_000


@pytest.fixture
def app(proxy, servers):
    """A proxy of the test's own with an app whose server it may stop."""
    upstream = Upstream("shop-1", (servers.start("shop"),))
    proxy.publisher.publish(Routes((upstream,), (Route(HOST, "shop-1"),)))
    return proxy


class TestReplies:
    def test_are_a_page_when_an_app_is_away(self, app, servers):
        servers.stop_all()

        answer = app.ask(HOST, headers=[("Accept", "text/html")])

        assert (answer.status, answer.header("retry-after")) == (503, ["3"])
        assert answer.header("content-type") == ["text/html; charset=utf-8"]
        assert b"<h1>This app is not answering.</h1>" in answer.body

    def test_are_json_for_programs(self, app, servers):
        servers.stop_all()

        answer = app.ask(HOST, headers=[("Accept", "application/json")])

        assert (answer.status, answer.json["code"]) == (503, "app_unavailable")
        assert answer.json.keys() == {"code", "message", "hint"}

    def test_leave_the_errors_of_an_app_alone(self, app):
        answer = app.ask(HOST, "/status", "POST", "503")

        assert (answer.status, answer.json["name"]) == (503, "shop")

    def test_are_not_needed_while_the_platform_restarts(self, proxy, servers):
        servers.stop_all()
        answers = []
        visitor = threading.Thread(target=lambda: answers.append(proxy.ask("localhost", "/", "POST", "kept")))
        visitor.start()
        retries = f"cluster.{PLATFORM_CLUSTER}.upstream_rq_retry"
        while not EnvoyAdmin(proxy.settings.admin_socket).statistics(retries).get(retries):
            time.sleep(0.01)

        servers.start_on("platform", proxy.settings.platform_socket)
        visitor.join()

        assert (answers[0].status, answers[0].json["body"]) == (200, 4)


class TestListener:
    @pytest.mark.parametrize(
        "limit", ["request_headers_timeout", "stream_idle_timeout", "common_http_protocol_options"]
    )
    def test_has_its_limits_written_down(self, settings, limit):
        [listener] = lds(settings)["resources"]
        [chain] = listener["filter_chains"]

        assert limit in chain["filters"][0]["typed_config"]

    def test_refuses_connections_above_its_limit(self, make_proxy, servers, settings):
        servers.start_on("platform", settings.platform_socket)
        proxy = make_proxy(max_connections=2)
        proxy.start()
        address = ("127.0.0.1", settings.port)

        with socket.create_connection(address, 10), socket.create_connection(address, 10):
            third = socket.create_connection(address, 10)

            assert is_closed(third)


def is_closed(connection):
    """Whether the other side closed it without an answer."""
    with connection:
        try:
            connection.sendall(b"GET / HTTP/1.0\r\n\r\n")
            return connection.recv(1) == b""
        except ConnectionError:
            return True
