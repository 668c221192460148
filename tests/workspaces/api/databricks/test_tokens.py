from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from tests.deployments.api.clients import Client
from tests.workspaces.api.databricks.dialect import done, error
from tests.world import World
from workspaces.models import AccessToken
from workspaces.operations import access_tokens

TOKEN = "/api/2.0/token"


def comments(client: Client) -> list[str]:
    return [token["comment"] for token in client.get(f"{TOKEN}/list").json()["token_infos"]]


class TestCreateToken:
    def test_makes_one_that_works(self, alice: Client) -> None:
        content = alice.post(f"{TOKEN}/create", {"comment": "CI", "lifetime_seconds": 3600}).json()

        assert comments(Client(content["token_value"])) == ["test", "CI"]

    def test_tells_milliseconds(self, alice: Client) -> None:
        info = alice.post(f"{TOKEN}/create", {"comment": "CI", "lifetime_seconds": 3600}).json()["token_info"]

        token = AccessToken.objects.get(label="CI")
        assert sorted(info) == ["comment", "creation_time", "expiry_time", "token_id"]
        assert info["token_id"] == str(token.uuid)
        assert info["creation_time"] == int(token.created_at.timestamp() * 1000)
        assert abs(info["expiry_time"] - info["creation_time"] - 3_600_000) < 10_000

    def test_needs_neither_comment_nor_lifetime(self, alice: Client) -> None:
        info = alice.post(f"{TOKEN}/create", {}).json()["token_info"]

        assert info["comment"]
        years = (info["expiry_time"] - info["creation_time"]) / (365 * 24 * 3600 * 1000)
        assert 1.9 < years < 2.1

    def test_ends_with_the_token_that_asks_unless_told_otherwise(self, world: World) -> None:
        end = timezone.now() + timedelta(days=1)
        _, text = access_tokens.create(world.alice, label="short", expires_at=end)

        assert Client(text).post(f"{TOKEN}/create", {"comment": "CI"}).status_code == 200

        assert AccessToken.objects.get(label="CI").expires_at == end

    def test_reads_a_lifetime_that_is_a_text(self, alice: Client) -> None:
        assert alice.post(f"{TOKEN}/create", {"lifetime_seconds": "60"}).status_code == 200

    @pytest.mark.parametrize("lifetime", [0, -1, 1.5, True, "soon", "²", 10**10, 10**400, [], {}])
    def test_refuses_a_lifetime_that_is_none(self, alice: Client, lifetime: Any) -> None:
        response = alice.post(f"{TOKEN}/create", {"lifetime_seconds": lifetime})

        assert error(response) == (400, "INVALID_PARAMETER_VALUE")
        assert AccessToken.objects.count() == 1

    def test_is_bound_to_the_callers_workspace(self, world: World, alice: Client) -> None:
        alice.post(f"{TOKEN}/create", {"comment": "CI"})

        token = AccessToken.objects.get(label="CI")
        assert (token.workspace, token.user) == (world.alice.workspace, world.alice.user)


class TestListTokens:
    def test_shows_ones_own_valid_ones_only(self, world: World, alice: Client, bob: Client) -> None:
        access_tokens.create(world.alice, label="expired", expires_at=timezone.now() - timedelta(seconds=1))
        revoked, _ = access_tokens.create(world.alice, label="revoked")
        access_tokens.revoke(world.alice, revoked, now=timezone.now())
        access_tokens.create(world.bob, label="bob's")

        assert comments(alice) == ["test"]
        assert comments(bob) == ["test", "bob's"]

    def test_shows_no_text_of_a_token(self, world: World, alice: Client) -> None:
        content = alice.get(f"{TOKEN}/list").content.decode()

        assert access_tokens.PREFIX not in content
        assert AccessToken.objects.filter(user=world.alice.user).get().digest not in content

    def test_says_minus_one_for_no_end(self, alice: Client) -> None:
        assert alice.get(f"{TOKEN}/list").json()["token_infos"][0]["expiry_time"] == -1


class TestDeleteToken:
    def test_ends_it_at_once(self, alice: Client) -> None:
        content = alice.post(f"{TOKEN}/create", {"comment": "CI"}).json()
        body = {"token_id": content["token_info"]["token_id"]}

        assert done(alice.post(f"{TOKEN}/delete", body))

        assert Client(content["token_value"]).get(f"{TOKEN}/list").status_code == 401
        assert error(alice.post(f"{TOKEN}/delete", body)) == (404, "RESOURCE_DOES_NOT_EXIST")

    @pytest.mark.parametrize("whose", ["bob", "charlie"])
    def test_finds_nobody_elses(self, world: World, alice: Client, whose: str) -> None:
        token, _ = access_tokens.create(getattr(world, whose), label="theirs")

        response = alice.post(f"{TOKEN}/delete", {"token_id": str(token.uuid)})

        assert error(response) == (404, "RESOURCE_DOES_NOT_EXIST")
        token.refresh_from_db()
        assert token.revoked_at is None

    @pytest.mark.parametrize("token_id", ["", "7", "no-uuid", "x" * 200])
    def test_finds_no_unknown_one(self, alice: Client, token_id: str) -> None:
        assert error(alice.post(f"{TOKEN}/delete", {"token_id": token_id})) == (404, "RESOURCE_DOES_NOT_EXIST")
