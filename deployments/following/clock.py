"""When a follower looks again, is told that it is still there, and is let go."""

import asyncio
from typing import TypeVar

ROW_POLL_S = 1.0
#: Proxies and browsers give up a connection that has been silent for about a minute.
HEARTBEAT_S = 15.0
#: So soon somebody who was deactivated, signed out, or whose token was revoked, sees no line any more.
RIGHTS_POLL_S = 2.0
#: Then the follower asks again: a role, or the app itself, may have changed.
LONGEST_S = 600.0

Message = TypeVar("Message")


class Clock:
    def __init__(self) -> None:
        self._started = self._sent = self._now()
        self._row_read: float | None = None
        # Whoever has just been let in need not be asked again at once.
        self._rights_read = self._started

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()

    @property
    def is_over(self) -> bool:
        return self._now() - self._started > LONGEST_S

    @property
    def is_silent(self) -> bool:
        return self._now() - self._sent > HEARTBEAT_S

    @property
    def is_row_due(self) -> bool:
        """At most once in ``ROW_POLL_S``; asking takes the turn."""
        if self._row_read is not None and self._now() - self._row_read < ROW_POLL_S:
            return False
        self._row_read = self._now()
        return True

    @property
    def are_rights_due(self) -> bool:
        """At most once in ``RIGHTS_POLL_S``; asking takes the turn."""
        if self._now() - self._rights_read < RIGHTS_POLL_S:
            return False
        self._rights_read = self._now()
        return True

    def sent(self, message: Message) -> Message:
        self._sent = self._now()
        return message
