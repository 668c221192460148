"""Which graphs there are, and what each says of a series."""

from collections.abc import Callable
from dataclasses import dataclass

from deployments.metrics.measured import Measured
from deployments.views.graphs import scales
from deployments.views.graphs.scales import Scale


@dataclass(frozen=True)
class Quantity:
    """One line: its name, the class that colours it, and its value, which a point may not have."""

    label: str
    css: str
    value: Callable[[Measured], float | None]
    is_area: bool = True


@dataclass(frozen=True)
class Kind:
    """``told`` says the most important of the whole range in a few words."""

    key: str
    title: str
    unit: str
    scale: Scale
    quantities: tuple[Quantity, ...]
    told: Callable[[Measured, Measured], str]


def _answered(whole: Measured, newest: Measured) -> str:
    failed = f", {whole.errors:,} failed" if whole.errors else ""
    return f"{whole.requests:,} request{'' if whole.requests == 1 else 's'}{failed}"


def _slowest(whole: Measured, newest: Measured) -> str:
    slow = whole.quantile_ms(0.95)
    return f"95 % within {scales.milliseconds(slow)}" if slow is not None else "no answers"


KINDS = (
    Kind(
        "requests", "Requests", "per minute", scales.RATE,
        (
            Quantity("Requests", "requests", lambda one: one.requests_per_min),
            Quantity("Errors", "errors", lambda one: one.errors_per_min),
        ),
        _answered,
    ),
    Kind(
        "times", "Response time", "until the last byte", scales.TIME,
        (
            Quantity("95 %", "slow", lambda one: one.quantile_ms(0.95), is_area=False),
            Quantity("Half", "median", lambda one: one.quantile_ms(0.5), is_area=False),
        ),
        _slowest,
    ),
    Kind(
        "memory", "Memory", "all instances", scales.MEMORY,
        (Quantity("Memory", "memory", lambda one: float(one.memory_bytes)),),
        lambda whole, newest: f"{scales.memory(newest.memory_bytes)}, at most {scales.memory(whole.memory_bytes)}",
    ),
    Kind(
        "cpu", "Processor", "of one processor", scales.PERCENT,
        (Quantity("Processor", "cpu", lambda one: one.cpu_percent),),
        lambda whole, newest: f"{scales.percent(newest.cpu_percent)}, on average {scales.percent(whole.cpu_percent)}",
    ),
)  # fmt: skip
