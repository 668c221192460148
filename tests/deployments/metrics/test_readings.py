from dataclasses import replace

from deployments.engines.base import Usage
from deployments.metrics.readings import Reading, cpu_since, requests_since
from deployments.routing.traffic import Counted, Traffic

BEFORE = Reading(1000.0, Traffic(500, {"d-1": Counted(100, 7, 9000)}), {"i": Usage(1, 40.0)})


def later(seconds: float = 30, *, uptime_s: int | None = None, **upstreams: Counted) -> Reading:
    age = BEFORE.traffic.uptime_s + int(seconds) if uptime_s is None else uptime_s
    return Reading(
        BEFORE.at_s + seconds, Traffic(age, {name.replace("_", "-"): c for name, c in upstreams.items()}), {}
    )


class TestRequestsSince:
    def test_is_what_the_counters_grew_by(self) -> None:
        now = later(d_1=Counted(150, 8, 12000))

        assert requests_since(BEFORE, now)["d-1"] == Counted(50, 1, 3000)

    def test_is_all_of_a_new_upstream(self) -> None:
        now = later(d_1=Counted(100, 7, 9000), d_2=Counted(3, 0, 30))

        assert requests_since(BEFORE, now) == {"d-1": Counted(), "d-2": Counted(3, 0, 30)}

    def test_is_all_of_what_a_restarted_proxy_counted(self) -> None:
        # More than before the restart: only the proxy's age tells.
        now = later(uptime_s=12, d_1=Counted(130, 9, 9500))

        assert requests_since(BEFORE, now)["d-1"] == Counted(130, 9, 9500)

    def test_never_falls_below_nothing(self) -> None:
        """Also when the proxy was restarted at the very moment of the earlier look."""
        young = replace(BEFORE, traffic=replace(BEFORE.traffic, uptime_s=1))
        now = later(uptime_s=25, d_1=Counted(4, 0, 40))

        assert requests_since(young, now)["d-1"] == Counted(4, 0, 40)

    def test_does_not_take_a_stale_age_for_a_restart(self) -> None:
        now = later(uptime_s=BEFORE.traffic.uptime_s + 30 - 6, d_1=Counted(101, 7, 9100))

        assert requests_since(BEFORE, now)["d-1"] == Counted(1, 0, 100)

    def test_goes_on_after_a_gap(self) -> None:
        now = later(3600, d_1=Counted(4100, 7, 90000))

        assert requests_since(BEFORE, now)["d-1"].requests == 4000


class TestCpuSince:
    def test_is_what_each_spent(self) -> None:
        now = replace(later(), usage={"i": Usage(1, 42.5)})

        assert cpu_since(BEFORE, now) == {"i": 2.5}

    def test_counts_one_that_began_again_from_its_beginning(self) -> None:
        now = replace(later(), usage={"i": Usage(1, 0.25), "new": Usage(1, 1.5)})

        assert cpu_since(BEFORE, now) == {"i": 0.25, "new": 1.5}
