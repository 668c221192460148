"""Values as the paths of an SVG, in a box of 1000 to 100."""

from collections.abc import Iterable, Sequence

WIDTH, HEIGHT = 1000, 100

Point = tuple[float, float]


def points(values: Sequence[float | None], top: float) -> list[Point | None]:
    """Each value at the middle of its step, below ``top``, the upper end of the axis."""
    return [
        None if value is None else (middle(number, len(values)), _y(value, top)) for number, value in enumerate(values)
    ]


def curve(places: Iterable[Point | None]) -> str:
    """Lines, with gaps where there is no value."""
    return " ".join(_drawn(run) for run in _runs(places))


def area(places: Iterable[Point | None]) -> str:
    """The same closed along the bottom."""
    return " ".join(f"{_drawn(run)} V{HEIGHT} H{run[0][0]:g} Z" for run in _runs(places) if len(run) > 1)


def middle(number: int, steps: int) -> float:
    """The place of a step on the axis below."""
    return round((number + 0.5) * WIDTH / steps, 1)


def _runs(places: Iterable[Point | None]) -> Iterable[list[Point]]:
    """What follows one another without a gap."""
    run: list[Point] = []
    for place in [*places, None]:
        if place is not None:
            run.append(place)
        elif run:
            yield run
            run = []


def _drawn(run: Sequence[Point]) -> str:
    # A line of no length is drawn as a dot.
    points = [f"{x:g},{y:g}" for x, y in (run if len(run) > 1 else [*run, *run])]
    return f"M{points[0]} L{' '.join(points[1:])}"


def _y(value: float, top: float) -> float:
    return round(HEIGHT - HEIGHT * value / top, 1)
