"""How often somebody may guess a password."""

from collections import OrderedDict
from dataclasses import dataclass, field

#: Wrong guesses within the window, by what they have in common. An account is limited per address first,
#: so that a stranger elsewhere cannot easily lock its owner out.
MAX_PER_ACCOUNT_AND_ADDRESS = 10
MAX_PER_ADDRESS = 50
MAX_PER_ACCOUNT = 100
WINDOW_S = 15 * 60.0
#: Remembered at most; the oldest are forgotten first. A guess costs this machine a tenth of a second of
#: hashing, so that filling it takes as long as the window.
MAX_KEYS = 30_000

Key = tuple[str, str]


@dataclass
class _Count:
    number: int
    since: float


@dataclass
class SignInAttempts:
    """Wrong guesses of one process, in memory: a restart forgets them, a second web process counts its own.

    ``now`` is monotonic seconds.
    """

    _counts: OrderedDict[Key, _Count] = field(default_factory=OrderedDict)

    def wait_s(self, email: str, address: str | None, *, now: float) -> float:
        """Seconds until the next guess is heard; 0 when it is heard now."""
        return max((self._wait_s(key, limit, now) for key, limit in _limits(email, address)), default=0.0)

    def note_failure(self, email: str, address: str | None, *, now: float) -> None:
        for key, _ in _limits(email, address):
            count = self._counts.get(key)
            if count is None or now - count.since >= WINDOW_S:
                self._counts.pop(key, None)
                count = self._counts[key] = _Count(0, now)
            count.number += 1
        while len(self._counts) > MAX_KEYS:
            self._counts.popitem(last=False)

    def forget(self, email: str, address: str | None) -> None:
        """A right password ends the counting of that account from that address."""
        self._counts.pop((email, address or ""), None)

    def _wait_s(self, key: Key, limit: int, now: float) -> float:
        count = self._counts.get(key)
        if count is None or count.number < limit:
            return 0.0
        return max(0.0, WINDOW_S - (now - count.since))


def _limits(email: str, address: str | None) -> tuple[tuple[Key, int], ...]:
    by_account = ((email, address or ""), MAX_PER_ACCOUNT_AND_ADDRESS), ((email, "*"), MAX_PER_ACCOUNT)
    return (*by_account, (("*", address), MAX_PER_ADDRESS)) if address else by_account
