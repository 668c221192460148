"""Visitors notice nothing of a redeploy but the new version."""

from benchmarks.traffic import Traffic, source
from tests.journeys.platform import Platform


class TestRedeploying:
    def test_fails_no_request_of_any_visitor(self, platform: Platform) -> None:
        platform.create("busy", startup_s=1)
        platform.run("busy", source("version 0"))

        with Traffic("127.0.0.1", platform.port, platform.host("busy")) as traffic:
            for number in range(1, 5):
                platform.run("busy", source(f"version {number}"))

        assert traffic.failures == []
        assert traffic.seen.keys() == {f"version {number}" for number in range(5)}
        assert traffic.streams > 0
        self._was_measured(platform, asked=traffic.seen.total() + traffic.streams)

    def _was_measured(self, platform: Platform, *, asked: int) -> None:
        """By the proxy and the engine: most of the requests, never more than there were, and the memory they took."""

        def points() -> list[dict[str, float]]:
            found: list[dict[str, float]] = platform.api.get("/apps/busy/metrics").json()["points"]
            return found

        platform.until(lambda: sum(point["requests"] for point in points()) > 0.7 * asked)
        assert sum(point["requests"] for point in points()) <= asked
        assert sum(point["errors"] for point in points()) == 0
        assert max(point["memory_bytes"] for point in points()) > 5_000_000
        assert max(point["p95_ms"] or 0 for point in points()) > 0
        active = platform.api.get("/apps/busy/metrics").json()["deployments"]
        assert [deployment["number"] for deployment in active] == [1, 2, 3, 4, 5]
