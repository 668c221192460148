"""Times as the Databricks clients read them."""

from datetime import UTC, datetime


def milliseconds(at: datetime) -> int:
    """Milliseconds since 1970, UTC."""
    return int(at.timestamp() * 1000)


def rfc3339(at: datetime) -> str:
    """``2026-11-26T09:30:00Z``"""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
