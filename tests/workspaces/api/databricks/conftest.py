"""People who use the dialect with tokens of their own."""

from typing import TYPE_CHECKING

import pytest

# pytest reads this file before Django is set up, so models are imported where they are used.
from tests.deployments.api.clients import Client

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
def scope(alice: Client) -> str:
    """Alice's scope "prod", on which nobody else has anything."""
    assert alice.post("/api/2.0/secrets/scopes/create", {"scope": "prod"}).status_code == 200
    return "prod"
