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
def charlie(world: "World") -> Client:
    return signed_in(world.charlie.user)


@pytest.fixture
def site_admin(db: None) -> Client:
    from workspaces.models import User

    return signed_in(User.objects.create_superuser("root@example.org", name="Root"))
