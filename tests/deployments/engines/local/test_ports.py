import socket
from collections.abc import Iterator

import pytest

from deployments.engines.local import ports

RANGE = range(23200, 23205)


@pytest.fixture
def busy() -> Iterator[int]:
    """A port of the range on which a stranger listens."""
    with socket.socket() as stranger:
        stranger.bind(("127.0.0.1", 23200))
        stranger.listen()
        yield 23200


class TestChoose:
    def test_passes_over_what_is_taken_or_busy(self, busy: int) -> None:
        assert ports.choose(RANGE, {23201, 23203}) == 23202

    def test_prefers_the_wanted(self) -> None:
        assert ports.choose(RANGE, (), [23204]) == 23204

    def test_gives_another_when_the_wanted_is_busy_taken_or_foreign(self, busy: int) -> None:
        assert ports.choose(RANGE, {23204}, [busy, 23204, 80]) == 23201

    def test_says_that_none_is_left(self) -> None:
        with pytest.raises(ports.NoFreePort, match="All ports from 23200 to 23204 are in use"):
            ports.choose(RANGE, set(RANGE))
