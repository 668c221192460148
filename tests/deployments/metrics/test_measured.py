import pytest

from deployments.metrics.measured import Measured, quantile_ms, together
from deployments.routing.traffic import TIME_CLASSES_MS

CLASSES = len(TIME_CLASSES_MS) + 1


def times(**numbers: int) -> tuple[int, ...]:
    """``times(ms_25=3)``: three answers in the class that ends at 25 ms."""
    counts = [0] * CLASSES
    for name, number in numbers.items():
        counts[TIME_CLASSES_MS.index(int(name.removeprefix("ms_")))] += number
    return tuple(counts)


class TestTogether:
    def test_adds_counts_and_keeps_the_highest_level(self) -> None:
        first = Measured(30, 10, 1, 1000, times(ms_10=10), memory_bytes=50, instances=1, cpu_ms=20)
        second = Measured(30, 2, 2, 500, times(ms_10=1, ms_25=1), memory_bytes=70, instances=3, cpu_ms=5)

        whole = together([first, second])

        assert whole == Measured(60, 12, 3, 1500, times(ms_10=11, ms_25=1), memory_bytes=70, instances=3, cpu_ms=25)

    def test_takes_no_times_for_no_answers(self) -> None:
        busy = Measured(30, 1, times=times(ms_5=1))

        assert together([Measured(30), busy, Measured(30)]).times == busy.times
        assert together([Measured(30)]).times == ()


class TestRates:
    def test_are_over_the_time_that_was_counted_over(self) -> None:
        after_a_gap = Measured(covered_s=90, requests=180, errors=9, cpu_ms=45_000)

        assert after_a_gap.requests_per_min == 120
        assert after_a_gap.errors_per_min == 6
        assert after_a_gap.cpu_percent == 50


class TestQuantile:
    @pytest.mark.parametrize(
        ("counts", "share", "expected"),
        [
            (times(ms_10=100), 0.5, 7.5),
            (times(ms_10=90, ms_100=10), 0.5, pytest.approx(7.78, abs=0.01)),
            (times(ms_10=90, ms_100=10), 0.95, 75),
            (times(ms_5=1), 1, 5),
        ],
    )
    def test_lies_in_its_class(self, counts: tuple[int, ...], share: float, expected: float) -> None:
        assert quantile_ms(counts, share) == expected

    def test_of_what_took_longer_than_all_classes_is_the_end_of_the_last(self) -> None:
        assert quantile_ms((*(0,) * (CLASSES - 1), 7), 0.95) == TIME_CLASSES_MS[-1]

    def test_of_nothing_is_nothing(self) -> None:
        assert quantile_ms((), 0.5) is None
        assert quantile_ms((0,) * CLASSES, 0.5) is None
