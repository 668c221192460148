from typing import Any

import pytest
from django.utils import timezone

from tests.deployments.api.clients import Client
from tests.workspaces.api.databricks.dialect import done, error
from tests.world import World
from workspaces.models import Group, Membership
from workspaces.operations import groups

GROUPS = "/api/2.0/groups"
BOB = {"parent_name": "team", "user_name": "bob@example.org"}


def names(client: Client) -> Any:
    return client.get(f"{GROUPS}/list").json()["group_names"]


def members(client: Client, name: str = "team") -> list[str]:
    content = client.get(f"{GROUPS}/list-members", query_params={"group_name": name}).json()
    return [member["user_name"] for member in content["members"]]


@pytest.fixture
def team(world: World) -> Group:
    return groups.create(world.alice, name="team")


class TestCreateGroup:
    def test_makes_one(self, alice: Client) -> None:
        assert alice.post(f"{GROUPS}/create", {"group_name": "team"}).json() == {"group_name": "team"}
        assert names(alice) == ["admins", "users", "team"]

    @pytest.mark.parametrize("name", ["team", "admins", "users"])
    def test_refuses_a_taken_name(self, alice: Client, team: Group, name: str) -> None:
        assert error(alice.post(f"{GROUPS}/create", {"group_name": name})) == (400, "RESOURCE_ALREADY_EXISTS")

    def test_is_for_admins(self, bob: Client) -> None:
        assert error(bob.post(f"{GROUPS}/create", {"group_name": "team"})) == (403, "PERMISSION_DENIED")
        assert not Group.objects.exists()


class TestDeleteGroup:
    def test_removes_it(self, alice: Client, team: Group) -> None:
        assert done(alice.post(f"{GROUPS}/delete", {"group_name": "team"}))
        assert error(alice.post(f"{GROUPS}/delete", {"group_name": "team"})) == (404, "RESOURCE_DOES_NOT_EXIST")

    def test_keeps_the_built_in_ones(self, alice: Client) -> None:
        assert error(alice.post(f"{GROUPS}/delete", {"group_name": "users"})) == (400, "INVALID_PARAMETER_VALUE")

    def test_is_for_admins_of_the_workspace(self, bob: Client, charlie: Client, team: Group) -> None:
        assert error(bob.post(f"{GROUPS}/delete", {"group_name": "team"})) == (403, "PERMISSION_DENIED")
        assert error(charlie.post(f"{GROUPS}/delete", {"group_name": "team"})) == (404, "RESOURCE_DOES_NOT_EXIST")


class TestMembers:
    def test_are_added_listed_and_removed(self, alice: Client, team: Group) -> None:
        assert done(alice.post(f"{GROUPS}/add-member", BOB))
        assert done(alice.post(f"{GROUPS}/add-member", BOB))
        assert members(alice) == ["bob@example.org"]

        assert done(alice.post(f"{GROUPS}/remove-member", BOB))
        assert members(alice) == []

    def test_of_built_in_groups_are_implicit(self, alice: Client) -> None:
        assert members(alice, "admins") == ["alice@example.org"]
        assert members(alice, "users") == ["alice@example.org", "bob@example.org"]
        assert error(alice.post(f"{GROUPS}/add-member", {**BOB, "parent_name": "admins"}))[0] == 400

    def test_who_have_left_are_not_shown(self, world: World, alice: Client, team: Group) -> None:
        groups.add_member(world.alice, team, world.bob.user)
        Membership.objects.filter(user=world.bob.user).update(deactivated_at=timezone.now())

        assert members(alice) == []
        assert members(alice, "users") == ["alice@example.org"]

    def test_are_no_strangers(self, alice: Client, team: Group) -> None:
        stranger = alice.post(f"{GROUPS}/add-member", {**BOB, "user_name": "charlie@example.org"})
        nobody = alice.post(f"{GROUPS}/add-member", {**BOB, "user_name": "nobody@example.org"})

        assert error(stranger) == error(nobody) == (404, "RESOURCE_DOES_NOT_EXIST")
        assert stranger.json()["message"].replace("charlie", "nobody") == nobody.json()["message"]

    def test_are_no_groups(self, alice: Client, team: Group) -> None:
        body = {"parent_name": "team", "group_name": "users"}

        assert error(alice.post(f"{GROUPS}/add-member", body)) == (400, "INVALID_PARAMETER_VALUE")

    @pytest.mark.parametrize("verb", ["add-member", "remove-member"])
    def test_are_changed_by_admins(self, bob: Client, charlie: Client, team: Group, verb: str) -> None:
        assert error(bob.post(f"{GROUPS}/{verb}", BOB)) == (403, "PERMISSION_DENIED")
        assert error(charlie.post(f"{GROUPS}/{verb}", BOB)) == (404, "RESOURCE_DOES_NOT_EXIST")
        assert not team.members.exists()

    def test_of_a_strangers_group_are_not_found(self, charlie: Client, team: Group) -> None:
        assert error(charlie.get(f"{GROUPS}/list-members?group_name=team")) == (404, "RESOURCE_DOES_NOT_EXIST")


class TestListParents:
    def test_names_the_groups_of_a_person(self, world: World, bob: Client, team: Group) -> None:
        groups.add_member(world.alice, team, world.bob.user)
        elsewhere = groups.create(world.charlie, name="theirs")
        elsewhere.members.add(world.bob.user)

        def parents(email: str) -> Any:
            return bob.get(f"{GROUPS}/list-parents", query_params={"user_name": email}).json()["group_names"]

        assert parents("bob@example.org") == ["users", "team"]
        assert parents("alice@example.org") == ["admins", "users"]

    def test_finds_no_stranger(self, alice: Client) -> None:
        response = alice.get(f"{GROUPS}/list-parents?user_name=charlie@example.org")

        assert error(response) == (404, "RESOURCE_DOES_NOT_EXIST")
