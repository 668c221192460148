from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from tests.world import World
from workspaces.models import AccessToken, Membership
from workspaces.operations import access_tokens

ADDRESS = "/api/v1/apps"


def status(authorization: str) -> int:
    return int(Client().get(ADDRESS, headers={"Authorization": authorization}).status_code)


class TestTokenAuthentication:
    @pytest.mark.parametrize("scheme", ["Bearer", "bearer", "Key"])
    def test_takes_the_schemes_of_the_clients(self, world: World, scheme: str) -> None:
        assert status(f"{scheme} {world.token(world.alice)}") == 200

    @pytest.mark.parametrize(
        "authorization", ["Bearer", "Bearer ", "Basic YTpi", "slw_x", "Bearer slw_\xff", "Bearer a b"]
    )
    def test_refuses_what_is_no_token(self, world: World, authorization: str) -> None:
        assert status(authorization) == 401

    def test_refuses_an_expired_one(self, world: World) -> None:
        _, text = access_tokens.create(world.alice, label="old", expires_at=timezone.now() - timedelta(seconds=1))

        assert status(f"Bearer {text}") == 401

    def test_refuses_a_revoked_one(self, world: World) -> None:
        text = world.token(world.alice)
        access_tokens.revoke(world.alice, AccessToken.objects.get(), now=timezone.now())

        assert status(f"Bearer {text}") == 401

    def test_refuses_that_of_a_former_member(self, world: World) -> None:
        text = world.token(world.bob)
        Membership.objects.filter(user=world.bob.user).delete()

        assert status(f"Bearer {text}") == 401

    def test_refuses_that_of_a_deactivated_person(self, world: World) -> None:
        text = world.token(world.bob)
        world.bob.user.is_active = False
        world.bob.user.save()

        assert status(f"Bearer {text}") == 401
