from typing import Any

import pytest

from tests.deployments.api.clients import Client
from tests.workspaces.api.databricks.dialect import SECRETS, done, error
from tests.world import World
from workspaces.models import ScopeAcl
from workspaces.operations import groups

pytestmark = pytest.mark.usefixtures("scope")
ACLS = f"{SECRETS}/acls"
ALICE = {"principal": "alice@example.org", "permission": "MANAGE"}


def put(client: Client, principal: Any, permission: Any, scope: str = "prod") -> Any:
    return client.post(f"{ACLS}/put", {"scope": scope, "principal": principal, "permission": permission})


def items(client: Client) -> Any:
    return client.get(f"{ACLS}/list?scope=prod").json()["items"]


class TestPutAcl:
    @pytest.mark.parametrize("principal", ["bob@example.org", "admins", "users", "data team"])
    @pytest.mark.parametrize("permission", ["READ", "WRITE", "MANAGE"])
    def test_grants_to_people_and_groups(self, world: World, alice: Client, principal: str, permission: str) -> None:
        groups.create(world.alice, name="data team")

        assert done(put(alice, principal, permission))

        assert items(alice) == [ALICE, {"principal": principal, "permission": permission}]

    def test_overwrites(self, alice: Client) -> None:
        put(alice, "users", "MANAGE")

        assert done(put(alice, "users", "READ"))

        assert items(alice) == [ALICE, {"principal": "users", "permission": "READ"}]

    def test_grants_through_a_group(self, world: World, alice: Client, bob: Client) -> None:
        groups.add_member(world.alice, groups.create(world.alice, name="data team"), world.bob.user)

        put(alice, "data team", "READ")

        assert bob.get(f"{SECRETS}/list?scope=prod").status_code == 200

    @pytest.mark.parametrize("principal", ["nobody@example.org", "no such group", "charlie@example.org", "", None, 7])
    def test_refuses_somebody_unknown(self, alice: Client, principal: Any) -> None:
        assert error(put(alice, principal, "READ")) == (400, "INVALID_PARAMETER_VALUE")

    def test_reveals_nobody_elses_account(self, alice: Client) -> None:
        stranger = put(alice, "charlie@example.org", "READ").json()["message"]
        unknown = put(alice, "nobody@example.org", "READ").json()["message"]

        assert stranger.replace("charlie", "nobody") == unknown

    @pytest.mark.parametrize("permission", ["read", "OWN", "", None, 1])
    def test_refuses_an_unknown_permission(self, alice: Client, permission: Any) -> None:
        assert error(put(alice, "users", permission)) == (400, "INVALID_PARAMETER_VALUE")
        assert ScopeAcl.objects.count() == 1

    def test_keeps_the_last_manager(self, alice: Client) -> None:
        assert error(put(alice, "alice@example.org", "READ")) == (400, "INVALID_STATE")
        assert items(alice) == [ALICE]

    def test_is_for_those_who_manage(self, alice: Client, bob: Client, charlie: Client) -> None:
        put(alice, "users", "WRITE")

        assert error(put(bob, "bob@example.org", "MANAGE")) == (403, "PERMISSION_DENIED")
        assert error(put(charlie, "charlie@example.org", "MANAGE")) == (404, "RESOURCE_DOES_NOT_EXIST")


class TestGetAcl:
    def test_gives_what_was_put(self, alice: Client) -> None:
        put(alice, "users", "READ")

        content = alice.get(f"{ACLS}/get?scope=prod&principal=users").json()

        assert content == {"principal": "users", "permission": "READ"}

    def test_reads_an_address_of_a_query(self, alice: Client) -> None:
        assert alice.get(f"{ACLS}/get?principal=alice%40example.org&scope=prod").json() == ALICE

    def test_finds_no_grant_that_is_not_there(self, alice: Client) -> None:
        assert error(alice.get(f"{ACLS}/get?scope=prod&principal=users")) == (404, "RESOURCE_DOES_NOT_EXIST")

    def test_is_for_those_who_manage(self, alice: Client, bob: Client) -> None:
        put(alice, "users", "WRITE")

        assert error(bob.get(f"{ACLS}/get?scope=prod&principal=users")) == (403, "PERMISSION_DENIED")


class TestListAcls:
    def test_is_for_those_who_manage(self, alice: Client, bob: Client, charlie: Client) -> None:
        put(alice, "users", "WRITE")

        assert error(bob.get(f"{ACLS}/list?scope=prod")) == (403, "PERMISSION_DENIED")
        assert error(charlie.get(f"{ACLS}/list?scope=prod")) == (404, "RESOURCE_DOES_NOT_EXIST")


class TestDeleteAcl:
    def test_takes_the_grant_away(self, alice: Client) -> None:
        put(alice, "users", "READ")
        body = {"scope": "prod", "principal": "users"}

        assert done(alice.post(f"{ACLS}/delete", body))
        assert error(alice.post(f"{ACLS}/delete", body)) == (404, "RESOURCE_DOES_NOT_EXIST")
        assert items(alice) == [ALICE]

    def test_keeps_the_last_manager(self, alice: Client) -> None:
        response = alice.post(f"{ACLS}/delete", {"scope": "prod", "principal": "alice@example.org"})

        assert error(response) == (400, "INVALID_STATE")

    def test_is_for_those_who_manage(self, bob: Client, charlie: Client) -> None:
        body = {"scope": "prod", "principal": "alice@example.org"}

        assert error(bob.post(f"{ACLS}/delete", body)) == (403, "PERMISSION_DENIED")
        assert error(charlie.post(f"{ACLS}/delete", body)) == (404, "RESOURCE_DOES_NOT_EXIST")
