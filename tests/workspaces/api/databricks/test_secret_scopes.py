import pytest
from pytest_django import DjangoAssertNumQueries

from tests.deployments.api.clients import Client
from tests.workspaces.api.databricks.dialect import SECRETS, done, error
from tests.world import World
from workspaces.models import ScopeAcl, Secret, SecretScope
from workspaces.operations import secret_scopes

SCOPES = f"{SECRETS}/scopes"


def names(client: Client) -> list[str]:
    return [scope["name"] for scope in client.get(f"{SCOPES}/list").json()["scopes"]]


class TestCreateScope:
    def test_lets_its_creator_manage_it(self, alice: Client) -> None:
        assert done(alice.post(f"{SCOPES}/create", {"scope": "prod"}))

        acls = alice.get(f"{SECRETS}/acls/list?scope=prod").json()
        assert acls == {"items": [{"principal": "alice@example.org", "permission": "MANAGE"}]}

    def test_lets_all_users_manage_it(self, alice: Client, bob: Client) -> None:
        assert done(alice.post(f"{SCOPES}/create", {"scope": "prod", "initial_manage_principal": "users"}))

        acls = bob.get(f"{SECRETS}/acls/list?scope=prod").json()
        assert acls == {"items": [{"principal": "users", "permission": "MANAGE"}]}

    @pytest.mark.parametrize("backend", ["DATABRICKS", "databricks", None])
    def test_takes_the_backend_that_clients_name(self, alice: Client, backend: str | None) -> None:
        assert done(alice.post(f"{SCOPES}/create", {"scope": "prod", "scope_backend_type": backend}))

    @pytest.mark.parametrize(
        "body",
        [
            {},
            {"scope": None},
            {"scope": ""},
            {"scope": 7},
            {"scope": "a b"},
            {"scope": "a/b"},
            {"scope": "nul\0"},
            {"scope": "x" * 129},
            {"scope": "prod", "initial_manage_principal": "admins"},
            {"scope": "prod", "initial_manage_principal": "bob@example.org"},
            {"scope": "prod", "scope_backend_type": "AZURE_KEYVAULT", "backend_azure_keyvault": {"dns_name": "x"}},
        ],
    )
    def test_refuses_a_bad_one(self, alice: Client, body: dict[str, object]) -> None:
        assert error(alice.post(f"{SCOPES}/create", body)) == (400, "INVALID_PARAMETER_VALUE")
        assert not SecretScope.objects.exists()

    @pytest.mark.parametrize("name", ["prod", "PROD"])
    def test_refuses_a_name_that_is_taken_in_any_case(self, alice: Client, scope: str, name: str) -> None:
        assert error(alice.post(f"{SCOPES}/create", {"scope": name})) == (400, "RESOURCE_ALREADY_EXISTS")

    def test_does_not_mind_a_strangers_name(self, charlie: Client, scope: str) -> None:
        assert done(charlie.post(f"{SCOPES}/create", {"scope": scope}))

    def test_refuses_one_too_many(self, alice: Client, scope: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(secret_scopes, "MAX_SCOPES", 1)

        assert error(alice.post(f"{SCOPES}/create", {"scope": "two"})) == (400, "RESOURCE_LIMIT_EXCEEDED")


class TestListScopes:
    def test_tells_the_backend_of_each(self, alice: Client, scope: str) -> None:
        content = alice.get(f"{SCOPES}/list").json()

        assert content == {"scopes": [{"name": "prod", "backend_type": "DATABRICKS"}]}

    def test_is_empty_at_first(self, alice: Client) -> None:
        assert alice.get(f"{SCOPES}/list").json() == {"scopes": []}

    def test_shows_names_to_members_and_nothing_to_strangers(self, bob: Client, charlie: Client, scope: str) -> None:
        assert names(bob) == ["prod"]
        assert names(charlie) == []

    def test_needs_as_many_queries_for_many_as_for_few(
        self, world: World, bob: Client, django_assert_max_num_queries: DjangoAssertNumQueries
    ) -> None:
        workspace = world.alice.workspace
        SecretScope.objects.bulk_create(SecretScope(workspace=workspace, name=f"s{number}") for number in range(1000))

        with django_assert_max_num_queries(4):
            assert len(names(bob)) == 1000


class TestDeleteScope:
    def test_takes_secrets_and_grants_along(self, alice: Client, scope: str) -> None:
        alice.post(f"{SECRETS}/put", {"scope": scope, "key": "k", "string_value": "v"})

        assert done(alice.post(f"{SCOPES}/delete", {"scope": scope}))

        assert (SecretScope.objects.count(), Secret.objects.count(), ScopeAcl.objects.count()) == (0, 0, 0)

    def test_finds_it_in_any_case(self, alice: Client, scope: str) -> None:
        assert done(alice.post(f"{SCOPES}/delete", {"scope": "Prod"}))

    def test_is_for_those_who_manage_it(self, bob: Client, charlie: Client, scope: str) -> None:
        assert error(bob.post(f"{SCOPES}/delete", {"scope": scope})) == (403, "PERMISSION_DENIED")
        assert error(charlie.post(f"{SCOPES}/delete", {"scope": scope})) == (404, "RESOURCE_DOES_NOT_EXIST")
        assert SecretScope.objects.exists()

    @pytest.mark.parametrize("name", ["none", "a b", ""])
    def test_finds_no_unknown_one(self, alice: Client, name: str) -> None:
        assert error(alice.post(f"{SCOPES}/delete", {"scope": name})) == (404, "RESOURCE_DOES_NOT_EXIST")
