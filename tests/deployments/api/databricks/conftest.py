"""People who use the dialect with tokens of their own."""

from typing import TYPE_CHECKING

import pytest

# pytest reads this file before Django is set up, so models are imported where they are used.
from tests.deployments.api.clients import Client

if TYPE_CHECKING:
    from tests.world import World


@pytest.fixture
def bob(world: "World") -> Client:
    return Client(world.token(world.bob))


@pytest.fixture
def folder(alice: Client) -> str:
    """A folder of Alice's with a small app in it."""
    path = "/Workspace/Users/alice@example.org/hello"
    assert alice.post("/api/2.0/workspace/mkdirs", {"path": path}).status_code == 200
    answer = alice.upload("/api/2.0/workspace/import", _form(f"{path}/app.py", b"print('hello')\n"))
    assert answer.status_code == 200, answer.content
    return path


def _form(path: str, content: bytes) -> dict[str, object]:
    from django.core.files.uploadedfile import SimpleUploadedFile

    return {"path": path, "format": "AUTO", "content": SimpleUploadedFile("content", content)}
