"""Lines of a log as our API tells them."""

from collections.abc import Iterable
from datetime import UTC, datetime

from deployments.logs.lines import Line


def lines_as_json(lines: Iterable[Line]) -> list[dict[str, str]]:
    """``[{"at": "2026-01-31T12:00:00.250Z", "source": "build", "text": "…"}]``"""
    return [{"at": _time(line.at), "source": line.source, "text": line.text} for line in lines]


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
