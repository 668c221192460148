from typing import TYPE_CHECKING

import pytest
from django.test import Client

from tests.clients import signed_in

if TYPE_CHECKING:
    # This file is read before Django is set up.
    from tests.world import World


@pytest.fixture
def alice(world: "World") -> Client:
    return signed_in(world.alice.user)


@pytest.fixture
def bob(world: "World") -> Client:
    return signed_in(world.bob.user)


@pytest.fixture
def charlie(world: "World") -> Client:
    return signed_in(world.charlie.user)
