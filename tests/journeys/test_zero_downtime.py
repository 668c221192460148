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
