from deployments.engines.local.flood import LINE_COST_BYTES, Flood


class TestFlood:
    def test_admits_a_burst(self) -> None:
        flood = Flood(bytes_per_s=10, burst_bytes=1000)

        assert flood.admits(b"x" * 1000, now=0.0)
        assert flood.notice() == []

    def test_drops_and_counts_what_is_too_much(self) -> None:
        flood = Flood(bytes_per_s=10, burst_bytes=1000)
        flood.admits(b"x" * 1000, now=0.0)

        assert not flood.admits(b"x\n" * 512, now=1.0)
        assert not flood.admits(b"x\n" * 512, now=1.0)

        assert flood.has_dropped
        (notice,) = flood.notice()
        assert notice.startswith(b"(1024 lines, 2 KiB, were dropped here")
        assert flood.notice() == []

    def test_admits_again_when_time_has_passed(self) -> None:
        flood = Flood(bytes_per_s=10, burst_bytes=1000)
        flood.admits(b"x" * 1000, now=0.0)

        assert not flood.admits(b"x" * 50, now=4.0)
        assert flood.admits(b"x" * 50, now=5.0)

    def test_counts_empty_lines_too(self) -> None:
        assert not Flood(bytes_per_s=10, burst_bytes=10 * LINE_COST_BYTES).admits(b"\n" * 10, now=0.0)
