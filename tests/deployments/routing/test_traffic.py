"""What a real Envoy counts of real requests."""

import time

from deployments.routing import traffic
from deployments.routing.envoy_admin import EnvoyAdmin
from deployments.routing.routes import Route, Routes, Upstream

HOST = "shop.apps.localhost"


def routes(endpoint: str) -> Routes:
    return Routes((Upstream("shop-1", (endpoint,)),), (Route(HOST, "shop-1"),))


class TestRead:
    def test_tells_of_each_upstream_what_its_visitors_were_answered(self, proxy, servers) -> None:
        proxy.publisher.publish(routes(servers.start("shop")))
        admin = EnvoyAdmin(proxy.settings.admin_socket)
        for _ in range(5):
            proxy.ask(HOST)
        proxy.ask(HOST, "/status", "POST", "500")
        proxy.ask("localhost")

        deadline = time.monotonic() + 20
        while sum((found := traffic.read(admin)).upstreams["shop-1"].times) < 6:
            assert time.monotonic() < deadline, found
            time.sleep(0.2)

        counted = found.upstreams["shop-1"]
        assert (counted.requests, counted.errors, sum(counted.times)) == (6, 1, 6)
        assert counted.bytes_out > 6 * 100
        assert found.uptime_s >= 5, "its age is read at the same pace as the times"

    def test_counts_a_request_once_that_was_tried_again(self, proxy, servers) -> None:
        proxy.publisher.publish(routes("127.0.0.1:1"))

        assert proxy.ask(HOST).status == 503

        counted = traffic.read(EnvoyAdmin(proxy.settings.admin_socket)).upstreams["shop-1"]
        assert (counted.requests, counted.errors) == (1, 1)
