"""For how long nobody wanted something: whoever wants it touches its folder."""

import time
from pathlib import Path


def seconds_idle(folder: Path) -> float:
    """0 for one that is gone meanwhile."""
    try:
        return time.time() - folder.stat().st_mtime
    except FileNotFoundError:
        return 0.0
