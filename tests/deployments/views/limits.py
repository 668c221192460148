"""What every page keeps to."""

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

#: No page needs more statements, whatever it shows.
MOST_QUERIES = 20


def queries_of(client: Client, address: str) -> int:
    """How many statements the page needs once it has been asked for before."""
    client.get(address)
    with CaptureQueriesContext(connection) as queries:
        client.get(address)
    return len(queries)
