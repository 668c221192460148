"""Clients of the API: through Django's test client, and through a real server."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

# pytest reads this file before Django is set up, so models are imported where they are used.
from tests.deployments.api.clients import Client
from tests.deployments.api.live import LiveServer

if TYPE_CHECKING:
    from tests.world import World


@pytest.fixture
def alice(world: "World") -> Client:
    return Client(world.token(world.alice))


@pytest.fixture
def bob(world: "World") -> Client:
    return Client(world.token(world.bob))


@pytest.fixture
def charlie(world: "World") -> Client:
    return Client(world.token(world.charlie))


@pytest.fixture
def server(transactional_db: None) -> Iterator[LiveServer]:
    """Uvicorn with the whole platform's web, on a port of its own."""
    from django.db import connections

    from deployments.following import looks

    # Connections that outlive a request would keep the test database from being dropped.
    database = connections.settings["default"]
    kept, database["CONN_MAX_AGE"] = database["CONN_MAX_AGE"], 0
    with LiveServer() as live:
        yield live
    looks.ROWS.submit(connections.close_all).result()
    database["CONN_MAX_AGE"] = kept
