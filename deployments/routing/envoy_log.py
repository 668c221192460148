"""Find in Envoy's log why it refused a file: its admin interface only counts refusals."""

import re
from pathlib import Path

#: How much of the end is searched; a refusal has just happened when this is asked.
TAIL_BYTES = 64 * 1024
REFUSAL = re.compile(r"Filesystem config update (?:failure|rejected): (.+?)(?=\n\[|\Z)", re.DOTALL)


def last_refusal(log: Path | None) -> str:
    """Envoy's own words about its last refusal (they may hold paths: for operators only), or where to look for them."""
    if log is not None and log.is_file():
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - TAIL_BYTES))
            refusals = REFUSAL.findall(file.read().decode("utf-8", "replace"))
        if refusals:
            return " ".join(str(refusals[-1]).split())
    return "its log says why."
