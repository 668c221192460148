"""Content to use the dialect on."""

from typing import Any

import pytest

# pytest reads this file before Django is set up, so models are imported where they are used.
from tests.deployments.api.clients import Client

CONTENT = "/__api__/v1/content"


@pytest.fixture
def content(alice: Client) -> Any:
    """Alice's content "my_app", as she was answered."""
    return alice.post(CONTENT, {"name": "my_app", "title": "My App"}).json()


@pytest.fixture
def address(content: Any) -> str:
    return f"{CONTENT}/{content['guid']}"
