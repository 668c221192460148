from typing import Any

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from tests.deployments.api.clients import Client
from tests.workspaces.api.databricks.dialect import SCIM
from tests.world import World
from workspaces.models import Group, Membership
from workspaces.operations import groups


def listed(client: Client, **query: Any) -> list[dict[str, Any]]:
    resources: list[dict[str, Any]] = client.get(f"{SCIM}/Groups", query_params=query).json()["Resources"]
    return resources


def names(client: Client, **query: Any) -> list[str]:
    return [group["displayName"] for group in listed(client, **query)]


def members(group: dict[str, Any]) -> list[str]:
    return [member["display"] for member in group["members"]]


class TestGroups:
    def test_lists_the_built_in_ones_first(self, world: World, alice: Client) -> None:
        groups.create(world.alice, name="data team")

        assert names(alice) == ["admins", "users", "data team"]

    def test_knows_the_implicit_members(self, alice: Client) -> None:
        admins, users = listed(alice)

        assert (members(admins), members(users)) == (["Alice"], ["Alice", "Bob"])

    def test_hides_another_workspaces(self, world: World, alice: Client, charlie: Client) -> None:
        groups.create(world.charlie, name="theirs")

        assert names(alice) == ["admins", "users"]
        assert [members(group) for group in listed(charlie)] == [["Charlie"], ["Charlie"], []]

    def test_leaves_out_members_who_have_left(self, world: World, alice: Client) -> None:
        groups.add_member(world.alice, groups.create(world.alice, name="data team"), world.bob.user)
        Membership.objects.filter(user=world.bob.user).update(deactivated_at=timezone.now())

        _, users, own = listed(alice)

        assert (members(users), members(own)) == (["Alice"], [])

    @pytest.mark.parametrize(
        ("text", "found"),
        [
            ('displayName eq "admins"', ["admins"]),
            ("displayName eq admins", ["admins"]),
            ('displayName eq "DATA team"', ["data team"]),
            ('displayName ne "users"', ["admins", "data team"]),
            ('id eq "users"', ["users"]),
            ('displayName sw "x"', []),
        ],
    )
    def test_can_be_filtered(self, world: World, alice: Client, text: str, found: list[str]) -> None:
        groups.create(world.alice, name="data team")

        assert names(alice, filter=text) == found

    @pytest.mark.parametrize("count", [1, 2, 3, 10_000])
    def test_ends_for_a_client_that_goes_on_until_nothing_comes(self, world: World, alice: Client, count: int) -> None:
        own = [groups.create(world.alice, name=f"group {number}").name for number in range(3)]
        found, start = [], 1

        while page := names(alice, startIndex=start, count=count):
            found += page
            start += len(page)

        assert found == ["admins", "users", *own]

    def test_leaves_members_out_if_asked(
        self, alice: Client, django_assert_max_num_queries: DjangoAssertNumQueries
    ) -> None:
        with django_assert_max_num_queries(5):
            admins, _ = listed(alice, excludedAttributes="members")

        assert "members" not in admins

    def test_refuses_a_bad_filter(self, alice: Client) -> None:
        response = alice.get(f"{SCIM}/Groups", query_params={"filter": "displayName"})

        assert (response.status_code, response.json()["scimType"]) == (400, "invalidFilter")

    def test_needs_as_many_queries_for_many_as_for_few(
        self, world: World, alice: Client, django_assert_max_num_queries: DjangoAssertNumQueries
    ) -> None:
        Group.objects.bulk_create(
            Group(workspace=world.alice.workspace, name=f"group {number}") for number in range(200)
        )

        with django_assert_max_num_queries(8):
            assert len(names(alice)) == 202


class TestGroupDetail:
    @pytest.mark.parametrize("name", ["admins", "users"])
    def test_finds_the_built_in_ones_by_name(self, alice: Client, name: str) -> None:
        content = alice.get(f"{SCIM}/Groups/{name}").json()

        assert (content["id"], content["displayName"]) == (name, name)

    def test_finds_ones_own_by_id(self, world: World, bob: Client) -> None:
        group = groups.create(world.alice, name="data team")
        groups.add_member(world.alice, group, world.bob.user)

        assert members(bob.get(f"{SCIM}/Groups/{group.pk}").json()) == ["Bob"]

    def test_hides_a_strangers(self, world: World, alice: Client) -> None:
        group = groups.create(world.charlie, name="theirs")

        response = alice.get(f"{SCIM}/Groups/{group.pk}")

        assert (response.status_code, response.json()["status"], response.json()["scimType"]) == (404, "404", "")
        assert "theirs" not in response.json()["detail"]

    @pytest.mark.parametrize("number", ["0", "9" * 40, "guests", "-1", "%00"])
    def test_finds_no_id_that_cannot_be(self, alice: Client, number: str) -> None:
        assert alice.get(f"{SCIM}/Groups/{number}").status_code == 404
