"""Time in slots that begin at the same moments for everybody."""

from datetime import UTC, datetime, timedelta


def begin(at: datetime, span_s: int) -> datetime:
    """The beginning of the slot of ``span_s`` seconds that ``at`` lies in."""
    return datetime.fromtimestamp(at.timestamp() // span_s * span_s, UTC)


def all_between(start: datetime, end: datetime, span_s: int) -> list[datetime]:
    """The beginnings of the slots from that of ``start`` to the one before that of ``end``."""
    first = begin(start, span_s)
    number = round((begin(end, span_s) - first).total_seconds() / span_s)
    return [first + timedelta(seconds=span_s * place) for place in range(number)]
