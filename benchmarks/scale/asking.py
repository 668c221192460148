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


def ask(client: Client, address: Address) -> Answer:
    with CaptureQueriesContext(connection) as queries:
        response = _get(client, address)
    return _answer(response, len(queries))


def measure(client: Client, address: Address, times: int) -> Measured:
    """The first request counts queries, which costs time, and warms what is warm on a site in use."""
    with CaptureQueriesContext(connection) as queries:
        answer = _answer(_get(client, address), len(queries))
    took: list[float] = []
    for _ in range(times):
        started = time.perf_counter()
        _answer(_get(client, address), 0)
        took.append((time.perf_counter() - started) * 1000)
    asked = [(float(query["time"]) * 1000, query["sql"]) for query in queries.captured_queries]
    return Measured(answer, statistics.median(took), sum(ms for ms, _ in asked), max(asked, default=(0.0, ""))[1])


def _get(client: Client, address: Address) -> Any:
    return client.get(address.path, headers={"Accept": "application/json" if address.is_api else "text/html"})


def _answer(response: Any, queries: int) -> Answer:
    return Answer(response.status_code, queries, -1 if response.streaming else len(response.content))
