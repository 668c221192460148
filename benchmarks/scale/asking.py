"""One request, measured on the server's side."""

import statistics
import time
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from benchmarks.scale.addresses import Address

#: The most that any page may ask of the database, whatever it shows.
MOST_QUERIES = 20


@dataclass(frozen=True)
class Answer:
    """``size_bytes`` is the page's; -1 for what has no end, like a log that is followed."""

    status: int
    queries: int
    size_bytes: int


@dataclass(frozen=True)
class Measured:
    """``database_ms`` is the part of all queries together, ``slowest`` the one that took longest."""

    answer: Answer
    median_ms: float
    database_ms: float
    slowest: str


class Stopwatch:
    """Around each query while it is installed: Django's own record of them is in whole milliseconds."""

    def __init__(self) -> None:
        self._queries: list[tuple[float, str]] = []

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        started = time.perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            took_ms = (time.perf_counter() - started) * 1000
            self._queries.append((took_ms, connection.ops.last_executed_query(context["cursor"], sql, params)))

    @property
    def all_ms(self) -> float:
        return sum(took_ms for took_ms, _ in self._queries)

    @property
    def slowest(self) -> str:
        """Its SQL; empty if there was no query."""
        return max(self._queries, default=(0.0, ""))[1]


def ask(client: Client, address: Address) -> Answer:
    with CaptureQueriesContext(connection) as queries:
        response = _get(client, address)
    return _answer(response, len(queries))


def measure(client: Client, address: Address, times: int) -> Measured:
    """The first request measures queries, which costs time, and warms what is warm on a site in use."""
    watch = Stopwatch()
    with connection.execute_wrapper(watch):
        answer = ask(client, address)
    took: list[float] = []
    for _ in range(times):
        started = time.perf_counter()
        _answer(_get(client, address), 0)
        took.append((time.perf_counter() - started) * 1000)
    return Measured(answer, statistics.median(took), watch.all_ms, watch.slowest)


def _get(client: Client, address: Address) -> Any:
    return client.get(address.path, headers={"Accept": "application/json" if address.is_api else "text/html"})


def _answer(response: Any, queries: int) -> Answer:
    return Answer(response.status_code, queries, -1 if response.streaming else len(response.content))
