"""Several instances of one app behind a real Envoy."""

import base64
import json
import socket
import threading
import time
from http.cookies import SimpleCookie

import pytest

from deployments.routing.affinity import COOKIE
from deployments.routing.routes import Route, Routes, Upstream

HOST = "shop.apps.localhost"


def scaled(*endpoints, name="shop-1"):
    return Routes((Upstream(name, endpoints),), (Route(HOST, name),))


def dead_endpoint():
    """A port that nothing listens on."""
    with socket.create_server(("127.0.0.1", 0)) as closed_soon:
        return f"127.0.0.1:{closed_soon.getsockname()[1]}"


class Visitor:
    """A browser: keeps the cookies it is given, whatever they are for."""

    def __init__(self, proxy):
        self.proxy, self.jar = proxy, SimpleCookie()

    def ask(self, path="/", method="GET", body=None):
        cookies = "; ".join(f"{name}={morsel.value}" for name, morsel in self.jar.items())
        answer = self.proxy.ask(HOST, path, method, body, headers=[("Cookie", cookies)] if cookies else [])
        for line in answer.header("set-cookie"):
            self.jar.load(line)
        return answer

    def instance(self):
        return self.ask().json["name"]


@pytest.fixture
def three(proxy, servers):
    proxy.publisher.publish(scaled(*(servers.start(name) for name in ("one", "two", "three"))))
    return proxy


class TestAffinity:
    def test_keeps_a_visitor_with_one_instance(self, three):
        visitor = Visitor(three)

        assert len({visitor.instance() for _ in range(20)}) == 1

    def test_spreads_visitors_over_all_instances(self, three):
        assert {Visitor(three).instance() for _ in range(30)} == {"one", "two", "three"}

    def test_is_a_cookie_that_scripts_cannot_read(self, three):
        (line,) = Visitor(three).ask().header("set-cookie")

        assert line.startswith(f"{COOKIE}=")
        assert {part.strip() for part in line.split(";")[1:]} == {"Path=/", "HttpOnly", "SameSite=Lax"}

    def test_sets_no_cookie_again_that_is_right(self, three):
        visitor = Visitor(three)
        visitor.ask()

        assert visitor.ask().header("set-cookie") == []

    def test_is_never_shown_to_the_app(self, three):
        visitor = Visitor(three)
        visitor.jar["own"] = "1"
        visitor.ask()

        assert visitor.ask().received("cookie") == ["own=1"]

    def test_cannot_be_set_by_the_app(self, three):
        answer = Visitor(three).ask("/headers", "POST", json.dumps([("set-cookie", f"{COOKIE}=forged")]))

        assert [line.split(";")[0] for line in answer.header("set-cookie")] != [f"{COOKIE}=forged"]
        assert len(answer.header("set-cookie")) == 1

    @pytest.mark.parametrize("value", ["", "x", "%00", "a" * 3000, base64.b64encode(b"127.0.0.1:22").decode()])
    def test_leads_nowhere_else_by_a_forged_cookie(self, three, value):
        answer = three.ask(HOST, headers=[("Cookie", f"{COOKIE}={value}")])

        assert answer.json["name"] in {"one", "two", "three"}

    def test_sets_no_cookie_for_one_instance(self, proxy, servers):
        proxy.publisher.publish(scaled(servers.start("only")))

        assert Visitor(proxy).ask().header("set-cookie") == []

    def test_finds_another_instance_when_its_own_is_taken_away(self, proxy, servers):
        one, two, three = (servers.start(name) for name in ("one", "two", "three"))
        proxy.publisher.publish(scaled(one, two, three))
        visitors = [Visitor(proxy) for _ in range(12)]
        for visitor in visitors:
            visitor.ask()

        proxy.publisher.publish(scaled(one, two))

        assert {visitor.ask().status for visitor in visitors} == {200}
        assert {visitor.instance() for visitor in visitors} == {"one", "two"}

    def test_holds_while_instances_are_added(self, proxy, servers):
        one, two = servers.start("one"), servers.start("two")
        proxy.publisher.publish(scaled(one, two))
        visitors = [Visitor(proxy) for _ in range(8)]
        before = [visitor.instance() for visitor in visitors]

        proxy.publisher.publish(scaled(one, two, servers.start("three")))

        assert [visitor.instance() for visitor in visitors] == before


class TestEjection:
    def test_costs_the_visitors_of_a_dead_instance_nothing(self, proxy, servers):
        dead = dead_endpoint()
        proxy.publisher.publish(scaled(dead, servers.start("one"), servers.start("two")))
        stuck = f"{COOKIE}={base64.b64encode(dead.encode()).decode()}"

        answers = [proxy.ask(HOST, "/", "POST", "x", headers=[("Cookie", stuck)]) for _ in range(20)]

        assert {answer.status for answer in answers} == {200}
        assert ejected(proxy) == 1

    def test_takes_an_instance_back(self, proxy, servers):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            endpoint = f"127.0.0.1:{listener.getsockname()[1]}"
        proxy.publisher.publish(scaled(endpoint, servers.start("one")))
        for _ in range(10):
            proxy.ask(HOST)
        assert ejected(proxy) == 1

        servers.start_at("back", endpoint)

        until(lambda: proxy.ask(HOST).json["name"] == "back", 15)

    def test_never_takes_the_last_one(self, proxy, servers):
        endpoints = [servers.start(name) for name in ("one", "two", "three")]
        proxy.publisher.publish(scaled(*endpoints))

        statuses = {proxy.ask(HOST, "/status", "POST", "503").status for _ in range(60)}

        assert statuses == {503}
        assert ejected(proxy) == 2
        assert proxy.ask(HOST).json["name"] in {"one", "two", "three"}

    def test_leaves_an_instance_whose_pages_are_broken(self, three):
        for _ in range(60):
            three.ask(HOST, "/status", "POST", "500")

        time.sleep(0.6)
        assert ejected(three) == 0


def ejected(proxy):
    found = proxy.publisher._admin.statistics(r"cluster\.shop-1\.outlier_detection\.ejections_active")
    return found["cluster.shop-1.outlier_detection.ejections_active"]


def until(is_true, timeout_s):
    deadline = time.monotonic() + timeout_s
    while not is_true():
        assert time.monotonic() < deadline, "It did not happen in time."
        threading.Event().wait(0.05)
