"""What an app did and used over some time, and how such times are put together."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from deployments.routing.traffic import TIME_CLASSES_MS


@dataclass(frozen=True)
class Measured:
    """The columns of a ``Sample`` behind its slot, in their order.

    ``covered_s`` seconds were counted over. ``times`` counts answers by ``TIME_CLASSES_MS``. ``memory_bytes`` and
    ``instances`` are the most that was seen at once.
    """

    covered_s: float
    requests: int = 0
    errors: int = 0
    bytes_out: int = 0
    times: tuple[int, ...] = ()
    memory_bytes: int = 0
    instances: int = 0
    cpu_ms: int = 0

    @property
    def requests_per_min(self) -> float:
        return 60 * self.requests / self.covered_s

    @property
    def errors_per_min(self) -> float:
        return 60 * self.errors / self.covered_s

    @property
    def cpu_percent(self) -> float:
        """Of one processor."""
        return self.cpu_ms / 10 / self.covered_s

    def quantile_ms(self, share: float) -> float | None:
        """How long ``share`` of the answers took at most; ``None`` without any answer."""
        return quantile_ms(self.times, share)


def together(parts: Iterable[Measured]) -> Measured:
    """Several spans as one: counts are added, of levels the highest is taken."""
    some = list(parts)
    return Measured(
        covered_s=sum(part.covered_s for part in some),
        requests=sum(part.requests for part in some),
        errors=sum(part.errors for part in some),
        bytes_out=sum(part.bytes_out for part in some),
        times=tuple(map(sum, zip_longest(*(part.times for part in some), fillvalue=0))),
        memory_bytes=max(part.memory_bytes for part in some),
        instances=max(part.instances for part in some),
        cpu_ms=sum(part.cpu_ms for part in some),
    )


def quantile_ms(times: Sequence[int], share: float) -> float | None:
    """Found in its class, and in there as if the answers lay evenly; above all classes it is the end of the last."""
    wanted = share * sum(times)
    if not wanted:
        return None
    below, lower_end = 0, 0
    for number, upper_end in zip(times, TIME_CLASSES_MS, strict=False):
        if below + number >= wanted:
            return lower_end + (upper_end - lower_end) * (wanted - below) / number
        below, lower_end = below + number, upper_end
    return float(TIME_CLASSES_MS[-1])
