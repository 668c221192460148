from datetime import timedelta

from django.utils import timezone

from deployments.metrics import keeping, slots
from deployments.metrics.measured import Measured
from tests.deployments.api.clients import Client, is_error
from tests.world import World

ADDRESS = "/api/v1/apps/hello/metrics"


class TestMetrics:
    def test_tells_what_was_measured_and_where_the_gaps_are(self, world: World, alice: Client) -> None:
        app = world.app("hello")
        at = slots.begin(timezone.now(), 30) - timedelta(seconds=60)
        times = (0, 10, *[0] * 11)
        keeping.write(at, 30, {app.pk: Measured(30, 10, 1, 500, times, memory_bytes=7, instances=2, cpu_ms=40)})

        told = alice.get(ADDRESS).json()

        (point,) = told["points"]
        assert point.pop("at") == at.strftime("%Y-%m-%dT%H:%M:%SZ")
        assert point == {
            "covered_s": 30, "requests": 10, "errors": 1, "bytes_out": 500, "p50_ms": 7.5, "p95_ms": 9.75,
            "memory_bytes": 7, "instances": 2, "cpu_ms": 40,
        }  # fmt: skip
        assert (told["range"], told["step_s"], told["deployments"]) == ("1h", 30, [])

    def test_refuses_a_range_that_there_is_not(self, world: World, alice: Client) -> None:
        world.app("hello")

        answer = alice.get(f"{ADDRESS}?range=1y")

        assert is_error(answer, 400, "invalid")
        assert "1h, 24h, 7d" in answer.json()["hint"]
