import pytest

from deployments.views.graphs import scales


class TestScale:
    @pytest.mark.parametrize(
        ("scale", "largest", "top"),
        [
            (scales.RATE, 0, "4"), (scales.RATE, 4.2, "10"), (scales.RATE, 100, "100"), (scales.RATE, 101, "200"),
            (scales.TIME, 260, "500 ms"), (scales.TIME, 700, "1 s"), (scales.MEMORY, 70 * scales.MIB, "96 MiB"),
            (scales.MEMORY, 0, "16 MiB"), (scales.MEMORY, 900 * scales.MIB, "1 GiB"), (scales.PERCENT, 11, "20 %"),
        ],
    )  # fmt: skip
    def test_ends_at_a_round_number(self, scale: scales.Scale, largest: float, top: str) -> None:
        assert scale.write(scale.top(largest)) == top
