"""An app beside the one that is deployed, asked without a pause: whom a fault must not concern."""

import threading
import time
from typing import Self

import httpx

from tests.journeys.platform import Platform
from tests.journeys.test_healing import HELLO

NAME = "bystander"


class Bystander:
    def __init__(self, platform: Platform) -> None:
        self.platform = platform
        self._stopped = threading.Event()
        self._failures: list[str] = []
        self.asked = 0
        self._thread = threading.Thread(target=self._ask, daemon=True)

    def __enter__(self) -> Self:
        self.platform.create(NAME)
        self.platform.run(NAME, HELLO)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._thread.join()

    def failures(self) -> list[str]:
        """What visitors met since this was last asked."""
        found, self._failures = self._failures, []
        return found

    def _ask(self) -> None:
        while not self._stopped.wait(0.05):
            self.asked += 1
            try:
                answer = self.platform.get(NAME, timeout=10)
            except httpx.HTTPError as error:
                self._failures.append(f"{time.strftime('%H:%M:%S')} {error!r}")
                continue
            if answer.status_code != 200:
                self._failures.append(f"{time.strftime('%H:%M:%S')} {answer.status_code} {answer.text[:200]}")
