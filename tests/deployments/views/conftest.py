from typing import TYPE_CHECKING

import pytest
from django.test import Client

if TYPE_CHECKING:
    # This file is read before Django is set up.
    from tests.world import World
    from workspaces.principals import Principal


def signed_in(principal: "Principal") -> Client:
    client = Client()
    client.force_login(principal.user)
    return client


@pytest.fixture
def alice(world: "World") -> Client:
    return signed_in(world.alice)


@pytest.fixture
def bob(world: "World") -> Client:
    return signed_in(world.bob)


@pytest.fixture
def charlie(world: "World") -> Client:
    return signed_in(world.charlie)
