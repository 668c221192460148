"""Times as the Databricks clients read them."""

from datetime import datetime


def milliseconds(at: datetime) -> int:
    """Milliseconds since 1970, UTC."""
    return int(at.timestamp() * 1000)
