"""Where the axis of a graph ends, and how its numbers are written."""

import math
from collections.abc import Callable
from dataclasses import dataclass

MIB = 1024 * 1024


@dataclass(frozen=True)
class Scale:
    """``tops`` are the mantissas of the ends an axis may have, rising, whose halves are round as well."""

    write: Callable[[float], str]
    tops: tuple[float, ...]
    base: int
    lowest: float

    def top(self, largest: float) -> float:
        """The smallest round end that holds ``largest``."""
        wanted = max(largest, self.lowest)
        power = float(self.base) ** math.floor(math.log(wanted, self.base))
        return next(top * power for top in self.tops if top * power >= wanted * (1 - 1e-9))


def number(value: float) -> str:
    """``1,204``, ``12``, ``0.4``: one decimal below 10, if it says anything."""
    text = f"{value:,.1f}" if value < 9.95 else f"{value:,.0f}"
    return text.removesuffix(".0")


def milliseconds(value: float) -> str:
    return f"{number(value)} ms" if value < 999.5 else f"{number(value / 1000)} s"


def memory(value: float) -> str:
    """Bytes as ``84 MiB`` or ``1.5 GiB``."""
    return f"{number(value / MIB)} MiB" if value < 1024 * MIB else f"{number(value / MIB / 1024)} GiB"


def percent(value: float) -> str:
    return f"{number(value)} %"


RATE = Scale(number, (1, 2, 4, 10), 10, lowest=4)
TIME = Scale(milliseconds, (1, 2, 5, 10), 10, lowest=10)
# 64, 96, 128, 192, 256 MiB: everyday sizes, and so are their halves.
MEMORY = Scale(memory, (1, 1.5, 2), 2, lowest=16 * MIB)
PERCENT = Scale(percent, (1, 2, 5, 10), 10, lowest=10)
