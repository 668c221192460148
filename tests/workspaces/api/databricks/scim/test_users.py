from typing import Any

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from tests.deployments.api.clients import Client
from tests.workspaces.api.databricks.dialect import SCIM
from tests.world import World
from workspaces.models import Membership, User
from workspaces.operations import groups


def emails(client: Client, **query: Any) -> list[str]:
    content = client.get(f"{SCIM}/Users", data=None, **({"query_params": query} if query else {})).json()
    return [user["userName"] for user in content["Resources"]]


def add_people(world: World, number: int) -> None:
    people = User.objects.bulk_create(User(email=f"p{index:04}@example.org") for index in range(number))
    Membership.objects.bulk_create(Membership(workspace=world.alice.workspace, user=person) for person in people)


class TestMe:
    def test_tells_who_the_token_is(self, world: World, alice: Client) -> None:
        response = alice.get(f"{SCIM}/Me")

        content = response.json()
        assert (content["id"], content["userName"]) == (str(world.alice.user.pk), "alice@example.org")
        assert (content["displayName"], content["active"]) == ("Alice", True)
        assert content["emails"] == [{"value": "alice@example.org", "type": "work", "primary": True}]
        assert [group["display"] for group in content["groups"]] == ["users", "admins"]

    def test_tells_the_number_of_the_workspace(self, world: World, alice: Client) -> None:
        assert alice.get(f"{SCIM}/Me")["X-Databricks-Org-Id"] == str(world.alice.workspace.pk)

    def test_shows_no_groups_of_another_workspace(self, world: World, bob: Client) -> None:
        Membership.objects.create(workspace=world.charlie.workspace, user=world.bob.user)
        groups.add_member(world.charlie, groups.create(world.charlie, name="theirs"), world.bob.user)
        groups.add_member(world.alice, groups.create(world.alice, name="ours"), world.bob.user)

        assert [group["display"] for group in bob.get(f"{SCIM}/Me").json()["groups"]] == ["users", "ours"]

    def test_refuses_strangers_in_scims_words(self, db: None) -> None:
        response = Client().get(f"{SCIM}/Me")

        assert response.status_code == 401
        assert sorted(response.json()) == ["detail", "schemas", "scimType", "status"]
        assert response.json()["status"] == "401"


class TestUsers:
    def test_lists_the_members_of_the_workspace(self, alice: Client, bob: Client, charlie: Client) -> None:
        assert emails(alice) == emails(bob) == ["alice@example.org", "bob@example.org"]
        assert emails(charlie) == ["charlie@example.org"]

    def test_shows_who_was_deactivated(self, world: World, alice: Client) -> None:
        Membership.objects.filter(user=world.bob.user).update(deactivated_at=timezone.now())

        _, bob = alice.get(f"{SCIM}/Users").json()["Resources"]

        assert (bob["active"], bob["groups"]) == (False, [])

    def test_ends_for_a_client_that_goes_on_until_nothing_comes(self, world: World, alice: Client) -> None:
        found, start = [], 1
        add_people(world, 5)

        while page := emails(alice, startIndex=start, count=3):
            found += page
            start += len(page)

        assert len(found) == len(set(found)) == 7

    def test_tells_the_total_beside_the_page(self, alice: Client) -> None:
        content = alice.get(f"{SCIM}/Users?startIndex=2&count=10000").json()

        assert (content["totalResults"], content["startIndex"], content["itemsPerPage"]) == (2, 2, 1)

    def test_may_be_asked_for_the_number_only(self, alice: Client) -> None:
        content = alice.get(f"{SCIM}/Users?count=0").json()

        assert (content["totalResults"], content["Resources"]) == (2, [])

    @pytest.mark.parametrize(
        ("text", "found"),
        [
            ('userName eq "BOB@example.org"', ["bob@example.org"]),
            ("userName eq bob@example.org", ["bob@example.org"]),
            ('emails.value sw "bob"', ["bob@example.org"]),
            ('displayName eq "Alice"', ["alice@example.org"]),
            ('userName co "example" and userName ne "bob@example.org"', ["alice@example.org"]),
            ('userName eq "charlie@example.org"', []),
            ('userName co "%"', []),
        ],
    )
    def test_can_be_filtered(self, alice: Client, text: str, found: list[str]) -> None:
        assert emails(alice, filter=text) == found

    def test_filters_by_id(self, world: World, alice: Client) -> None:
        assert emails(alice, filter=f'id eq "{world.bob.user.pk}"') == ["bob@example.org"]

    def test_takes_the_address_of_somebody_nameless_for_their_name(self, world: World, alice: Client) -> None:
        add_people(world, 1)

        assert emails(alice, filter='displayName sw "p0000"') == ["p0000@example.org"]

    @pytest.mark.parametrize("query", ['filter=password co "a"', "filter=userName", "startIndex=x"])
    def test_refuses_what_it_cannot_answer(self, alice: Client, query: str) -> None:
        response = alice.get(f"{SCIM}/Users?{query}")

        kind = "invalidFilter" if "filter" in query else "invalidValue"
        assert (response.status_code, response.json()["scimType"], response.json()["status"]) == (400, kind, "400")

    def test_gives_what_is_asked_for(self, alice: Client) -> None:
        content = alice.get(f"{SCIM}/Users?attributes=id,userName").json()

        assert sorted(content["Resources"][0]) == ["id", "schemas", "userName"]

    def test_needs_as_many_queries_for_many_as_for_few(
        self, world: World, alice: Client, django_assert_max_num_queries: DjangoAssertNumQueries
    ) -> None:
        add_people(world, 200)

        with django_assert_max_num_queries(6):
            assert len(emails(alice)) == 202


class TestUserDetail:
    def test_is_found_by_id(self, world: World, bob: Client) -> None:
        content = bob.get(f"{SCIM}/Users/{world.alice.user.pk}").json()

        assert content["userName"] == "alice@example.org"

    def test_hides_everybody_else(self, world: World, alice: Client) -> None:
        stranger, nobody = (alice.get(f"{SCIM}/Users/{number}") for number in (world.charlie.user.pk, 999_999))

        assert stranger.status_code == nobody.status_code == 404
        assert stranger.json()["detail"].replace(str(world.charlie.user.pk), "999999") == nobody.json()["detail"]

    @pytest.mark.parametrize("number", ["0", "9" * 18, "9" * 40, "x", "-1", "²", "%00"])
    def test_finds_no_id_that_cannot_be(self, alice: Client, number: str) -> None:
        assert alice.get(f"{SCIM}/Users/{number}").status_code == 404
