"""Ask instances whether they answer, many at a time, without waiting for the slow ones."""

import http.client
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from enum import StrEnum

#: A slow page is not a broken one: the answer is waited for this long before it is asked again.
ANSWER_TIMEOUT_S = 20.0
#: Most answers, and every "nothing listens", are there at once: a look that takes them along spares a whole round.
PROMPT_S = 0.05
#: While more than these are out nobody is waited for, so that a round stays short however many start at once.
FEW = 4
THREADS = 16
USER_AGENT = "Slipway-Readiness/1"


class Answer(StrEnum):
    #: Nothing listens on the port.
    REFUSED = "refused"
    #: Something listens but gave no HTTP answer in time.
    SILENT = "silent"
    ANSWERED = "answered"


@dataclass(frozen=True)
class Probe:
    """``status`` is the HTTP status when there was an answer, else 0."""

    answer: Answer
    status: int = 0

    def passes(self, readiness_path: str) -> bool:
        """Without a readiness path any answer shows that it serves; with one, only 2xx and 3xx."""
        return self.answer is Answer.ANSWERED and (not readiness_path or 200 <= self.status < 400)


class Prober:
    """Remembers one question per key. Questions run in threads that touch nothing but the network."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="probe")
        self._asked: dict[str, Future[Probe]] = {}

    def ask(self, key: str, endpoint: str, path: str, *, host: str) -> Probe | None:
        """The answer, if it comes promptly; else that to the question of an earlier call, or ``None`` while it is out.

        After an answer it is asked again.
        """
        future = self._asked.get(key)
        if future is None:
            future = self._asked[key] = self._pool.submit(probe, endpoint, path, host=host)
            if len(self._asked) <= FEW:
                wait([future], timeout=PROMPT_S)
        if not future.done():
            return None
        del self._asked[key]
        return future.result()


def probe(endpoint: str, path: str, *, host: str, timeout_s: float = ANSWER_TIMEOUT_S) -> Probe:
    """One GET of ``path``, with the app's own host name: frameworks refuse names they do not know."""
    address, _, port = endpoint.rpartition(":")
    connection = http.client.HTTPConnection(address, int(port), timeout=timeout_s)
    try:
        connection.request(
            "GET", path, headers={"Host": host, "User-Agent": USER_AGENT, "Accept": "*/*", "Connection": "close"}
        )
        return Probe(Answer.ANSWERED, connection.getresponse().status)
    except ConnectionRefusedError:
        return Probe(Answer.REFUSED)
    except (OSError, http.client.HTTPException, ValueError):
        return Probe(Answer.SILENT)
    finally:
        connection.close()
