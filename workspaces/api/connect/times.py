"""Times as Connect writes them."""

from datetime import UTC, datetime


def rfc3339(at: datetime | None) -> str | None:
    """Like 2026-01-31T12:00:00Z: whole seconds, in UTC."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if at else None
