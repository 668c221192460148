"""How much one instance may write to its log before lines are dropped, and the line that says so."""

#: What an instance may write for ever, and how much at once before that counts: a traceback or a
#: start banner passes whole, a loop of print() costs the machine no more than this.
BYTES_PER_S = 128 * 1024
BURST_BYTES = 4 * 1024 * 1024
#: Keeping a line costs time and its timestamp's space even when it is empty.
LINE_COST_BYTES = 64


class Flood:
    """A bucket of bytes that fills with time. ``now`` is monotonic, in seconds."""

    def __init__(self, bytes_per_s: float = BYTES_PER_S, burst_bytes: float = BURST_BYTES) -> None:
        self._rate, self._burst = bytes_per_s, burst_bytes
        self._left, self._at = burst_bytes, 0.0
        self._bytes = self._lines = 0

    @property
    def has_dropped(self) -> bool:
        return self._bytes > 0

    def admits(self, data: bytes, now: float) -> bool:
        """Whether ``data`` may be kept; if not, it is counted as dropped."""
        self._left = min(self._burst, self._left + max(0.0, now - self._at) * self._rate)
        self._at = now
        lines = data.count(b"\n")
        cost = len(data) + lines * LINE_COST_BYTES
        if cost <= self._left:
            self._left -= cost
            return True
        self._bytes += len(data)
        self._lines += lines
        return False

    def notice(self) -> list[bytes]:
        """The line about what was dropped since the last one, if anything was."""
        if not self._bytes:
            return []
        kib, lines = self._bytes / 1024, self._lines
        self._bytes = self._lines = 0
        return [
            f"({lines} lines, {kib:.0f} KiB, were dropped here: "
            f"this program writes more than {self._rate / 1024:.0f} KiB a second)".encode()
        ]
