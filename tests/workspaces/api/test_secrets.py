import base64
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.deployments.api.clients import Client, is_error
from tests.world import World
from workspaces.models import AuditEvent, ScopePermission, Secret, SecretScope, Workspace
from workspaces.operations import scope_acls, secret_scopes, secrets

SCOPES = "/api/v1/scopes"
PASSWORD = f"{SCOPES}/prod/secrets/password"


@pytest.fixture
def alice(world: World) -> Client:
    return Client(world.token(world.alice))


@pytest.fixture
def bob(world: World) -> Client:
    return Client(world.token(world.bob))


@pytest.fixture
def scope(world: World) -> SecretScope:
    return secret_scopes.create(world.alice, name="prod")


def put(client: Client, path: str, body: object) -> Any:
    return client.ask("PUT", path, body)


class TestScopes:
    def test_are_created_and_listed_with_what_one_may(self, alice: Client, bob: Client) -> None:
        created = alice.post(SCOPES, {"name": "Prod"})

        assert (created.status_code, created["Location"]) == (201, "/api/v1/scopes/Prod")
        assert alice.get(SCOPES).json()["results"][0]["permission"] == "MANAGE"
        seen = bob.get(SCOPES).json()["results"][0]
        assert (seen["name"], seen["permission"], seen["created_by"]) == ("Prod", None, "Alice")

    @pytest.mark.parametrize(
        ("body", "word"),
        [
            ({}, "'name' is missing"),
            ({"name": 7}, "not a text"),
            ({"name": "a b"}, "cannot be the name"),
            ({"name": "a", "initial_manage_principal": "bob"}, "only be 'users'"),
            ({"name": "a", "initial_manage_principal": None}, "not a text"),
            ({"name": "a", "colour": "red"}, "no field 'colour'"),
        ],
    )
    def test_need_a_good_name(self, alice: Client, body: object, word: str) -> None:
        answer = alice.post(SCOPES, body)

        assert is_error(answer, 400, "invalid")
        assert word in answer.json()["message"]

    def test_page_through_ten_thousand_with_as_many_queries_as_for_few(self, world: World, bob: Client) -> None:
        workspace = world.alice.workspace
        secret_scopes.create(world.alice, name="a")
        few = self._queries(bob)
        SecretScope.objects.bulk_create(
            SecretScope(workspace=workspace, name=f"s{number:05}", created_by_name="x") for number in range(10_000)
        )

        many = self._queries(bob, "?limit=200")
        seen, address = [], f"{SCOPES}?limit=200"
        for _ in range(2):
            answer = bob.get(address).json()
            seen += [scope["name"] for scope in answer["results"]]
            address = answer["next"]

        assert many == few
        assert seen == ["a", *(f"s{number:05}" for number in range(399))]

    @staticmethod
    def _queries(client: Client, query: str = "") -> int:
        client.get(SCOPES)
        with CaptureQueriesContext(connection) as queries:
            client.get(SCOPES + query)
        return len(queries)


class TestSecrets:
    def test_keep_text_and_bytes(self, alice: Client, scope: SecretScope) -> None:
        for body, text, raw in (
            ({"string_value": " grüße\n"}, " grüße\n", " grüße\n".encode()),
            ({"bytes_value": "/wA="}, None, b"\xff\0"),
            ({"string_value": ""}, "", b""),
        ):
            assert put(alice, PASSWORD, body).status_code == 200
            value = alice.get(PASSWORD).json()
            assert value == {
                "key": "password",
                "string_value": text,
                "bytes_value": base64.b64encode(raw).decode(),
            }

    def test_take_the_largest_value_in_its_longest_form(self, alice: Client, scope: SecretScope) -> None:
        assert put(alice, PASSWORD, {"string_value": "\x01" * secrets.MAX_VALUE_BYTES}).status_code == 200

    @pytest.mark.parametrize(
        ("body", "sentence"),
        [
            ({}, "The secret has no value; it takes exactly one."),
            ({"string_value": "a", "bytes_value": "YQ=="}, "The secret has two values; it takes exactly one."),
            ({"bytes_value": "no base64"}, "The field 'bytes_value' is not base64."),
            ({"string_value": None}, "The field 'string_value' is missing or not a text."),
            ({"value": "a"}, "There is no field 'value' here."),
            (
                {"string_value": "a" * 131_073},
                "The value for 'password' has 131,073 bytes; a secret holds at most 131,072.",
            ),
        ],
    )
    def test_take_one_value_of_moderate_size(
        self, alice: Client, scope: SecretScope, body: object, sentence: str
    ) -> None:
        answer = put(alice, PASSWORD, body)

        assert is_error(answer, 400, "invalid")
        assert answer.json()["message"] == sentence
        assert not Secret.objects.exists()

    def test_are_listed_without_values(self, alice: Client, scope: SecretScope) -> None:
        put(alice, PASSWORD, {"string_value": "correct horse"})

        answer = alice.get(f"{SCOPES}/PROD/secrets")

        assert answer.json()["results"][0].keys() == {"key", "created_at", "updated_at", "updated_by"}
        assert "correct" not in answer.content.decode()

    def test_page_with_as_many_queries_for_many_as_for_few(
        self, world: World, alice: Client, scope: SecretScope
    ) -> None:
        counts = []
        for numbers in (range(2), range(2, 1000)):
            Secret.objects.bulk_create(
                Secret(
                    workspace=world.alice.workspace, scope=scope, key=f"k{n}", sealed=b"x", updated_at=timezone.now()
                )
                for n in numbers
            )
            alice.get(SCOPES)
            with CaptureQueriesContext(connection) as queries:
                found = alice.get(f"{SCOPES}/prod/secrets?limit=200").json()["results"]
            counts.append(len(queries))

        assert len(found) == 200
        assert counts[0] == counts[1]

    def test_do_not_exist_for_a_stranger(self, world: World, scope: SecretScope) -> None:
        charlie = Client(world.token(world.charlie))

        for answer in (charlie.get(PASSWORD), put(charlie, PASSWORD, {"string_value": "a"}), charlie.delete(PASSWORD)):
            assert is_error(answer, 404, "not_found")

    def test_are_read_by_those_with_read_and_audited(self, world: World, bob: Client, scope: SecretScope) -> None:
        secrets.put(world.alice, scope, key="password", value=b"horse", now=timezone.now())
        assert is_error(bob.get(PASSWORD), 403, "forbidden")
        scope_acls.put(world.alice, scope, grantee="users", permission=ScopePermission.READ)

        assert bob.get(PASSWORD, headers={"X-Forwarded-For": "192.0.2.7"}).json()["string_value"] == "horse"

        event = AuditEvent.objects.get(verb="read")
        assert (event.actor, event.address) == (world.bob.user, "192.0.2.7")

    def test_say_what_there_is_when_the_key_is_unknown(self, alice: Client, scope: SecretScope) -> None:
        answer = alice.get(PASSWORD)

        assert is_error(answer, 404, "not_found")
        assert answer.json()["message"] == "Scope 'prod' has no key 'password'. It holds 0 keys."


class TestGrants:
    def test_are_put_got_listed_and_deleted(self, alice: Client, scope: SecretScope) -> None:
        address = f"{SCOPES}/prod/acls/bob@example.org"
        grant = {"grantee": "bob@example.org", "permission": "WRITE"}

        assert put(alice, address, {"permission": "WRITE"}).json() == grant
        assert alice.get(address).json() == grant
        assert alice.get(f"{SCOPES}/prod/acls").json()["results"][1] == grant
        assert alice.delete(address).status_code == 204
        assert is_error(alice.get(address), 404, "not_found")

    @pytest.mark.parametrize("grantee", ["nobody", "charlie@example.org"])
    def test_name_people_of_the_workspace(self, alice: Client, scope: SecretScope, grantee: str) -> None:
        answer = put(alice, f"{SCOPES}/prod/acls/{grantee}", {"permission": "READ"})

        assert is_error(answer, 400, "invalid")
        assert answer.json()["message"] == f"There is no person or group '{grantee}' in this workspace."

    def test_know_three_permissions(self, alice: Client, scope: SecretScope) -> None:
        answer = put(alice, f"{SCOPES}/prod/acls/users", {"permission": "OWN"})

        assert answer.json()["hint"] == "Choose one of: READ, WRITE, MANAGE."

    def test_keep_the_last_manager(self, alice: Client, scope: SecretScope) -> None:
        answer = alice.delete(f"{SCOPES}/prod/acls/alice@example.org")

        assert is_error(answer, 409, "conflict")
        assert answer.json()["message"] == "This is the last MANAGE on scope 'prod'."


class TestLeaks:
    def test_another_workspace_learns_nothing_from_names(self, world: World, scope: SecretScope) -> None:
        charlie = Client(world.token(world.charlie))

        taken, free = charlie.get(f"{SCOPES}/prod").json(), charlie.get(f"{SCOPES}/none").json()

        assert taken["message"].replace("prod", "none") == free["message"]
        assert charlie.post(SCOPES, {"name": "prod"}).status_code == 201
        assert Workspace.objects.get(slug="acme").secret_scopes.get() == scope
