"""People who use the dialect with tokens of their own, and content to use it on."""

from typing import TYPE_CHECKING, Any

import pytest

# pytest reads this file before Django is set up, so models are imported where they are used.
from tests.deployments.api.clients import Client

CONTENT = "/__api__/v1/content"

if TYPE_CHECKING:
    from tests.world import World


@pytest.fixture
def alice(world: "World") -> Client:
    return Client(world.token(world.alice))


@pytest.fixture
def charlie(world: "World") -> Client:
    return Client(world.token(world.charlie))


@pytest.fixture
def content(alice: Client) -> Any:
    """Alice's content "my_app", as she was answered."""
    return alice.post(CONTENT, {"name": "my_app", "title": "My App"}).json()


@pytest.fixture
def address(content: Any) -> str:
    return f"{CONTENT}/{content['guid']}"
