import base64
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from tests.deployments.api.clients import Client
from tests.workspaces.api.databricks.dialect import SECRETS, done, error
from workspaces.models import AuditEvent, Secret, SecretScope
from workspaces.operations import secrets

PUT = f"{SECRETS}/put"
GET = f"{SECRETS}/get?scope=prod&key=k"


def put(client: Client, key: str = "k", **value: Any) -> Any:
    return client.post(PUT, {"scope": "prod", "key": key, **(value or {"string_value": "hunter2"})})


def value(client: Client) -> bytes:
    return base64.b64decode(client.get(GET).json()["value"])


@pytest.mark.usefixtures("scope")
class TestPutSecret:
    @pytest.mark.parametrize("text", ["hunter2", "Füße 🦊", "ends with a newline\n", "", "nul\0", " x "])
    def test_keeps_a_text_as_utf8(self, alice: Client, text: str) -> None:
        assert done(put(alice, string_value=text))

        assert value(alice) == text.encode()

    @pytest.mark.parametrize("raw", [b"\x00\xff\xfe", b"", b"hunter2"])
    def test_keeps_bytes(self, alice: Client, raw: bytes) -> None:
        assert done(put(alice, bytes_value=base64.b64encode(raw).decode()))

        assert value(alice) == raw

    def test_replaces_an_existing_value(self, alice: Client) -> None:
        put(alice, string_value="old")

        assert done(put(alice, bytes_value=base64.b64encode(b"new").decode()))

        assert value(alice) == b"new"
        assert Secret.objects.count() == 1

    def test_takes_null_for_absent(self, alice: Client) -> None:
        assert done(put(alice, string_value="v", bytes_value=None))

    @pytest.mark.parametrize(
        "given",
        [
            {"string_value": "v", "bytes_value": "dg=="},
            {"string_value": "", "bytes_value": ""},
            {"other": 1},
            {"string_value": 7},
            {"bytes_value": 7},
            {"bytes_value": "not base64!"},
            {"bytes_value": "dg"},
        ],
    )
    def test_wants_exactly_one_value(self, alice: Client, given: dict[str, Any]) -> None:
        assert error(put(alice, **given)) == (400, "INVALID_PARAMETER_VALUE")
        assert not Secret.objects.exists()

    @pytest.mark.parametrize("key", ["", "a b", "a/b", "x" * 129, "nul\0", "ä"])
    def test_refuses_a_bad_key(self, alice: Client, key: str) -> None:
        assert error(put(alice, key)) == (400, "INVALID_PARAMETER_VALUE")

    def test_takes_128_kib_in_base64_and_no_byte_more(self, alice: Client) -> None:
        most = b"x" * secrets.MAX_VALUE_BYTES

        assert done(put(alice, bytes_value=base64.b64encode(most).decode()))
        assert error(put(alice, string_value=most.decode() + "x")) == (400, "INVALID_PARAMETER_VALUE")
        assert value(alice) == most

    def test_refuses_one_too_many_but_not_a_replacement(self, alice: Client, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(secrets, "MAX_SECRETS", 1)

        assert done(put(alice))
        assert done(put(alice))
        assert error(put(alice, "second")) == (400, "RESOURCE_LIMIT_EXCEEDED")

    def test_is_for_those_who_may_write(self, alice: Client, bob: Client, charlie: Client) -> None:
        body = {"scope": "prod", "principal": "bob@example.org"}

        assert error(put(bob)) == (403, "PERMISSION_DENIED")
        alice.post(f"{SECRETS}/acls/put", {**body, "permission": "READ"})
        assert error(put(bob)) == (403, "PERMISSION_DENIED")
        alice.post(f"{SECRETS}/acls/put", {**body, "permission": "WRITE"})
        assert done(put(bob))
        assert error(put(charlie)) == (404, "RESOURCE_DOES_NOT_EXIST")

    def test_shows_the_value_in_no_error(self, alice: Client) -> None:
        assert b"hunter2" not in put(alice, "a b", string_value="hunter2").content
        assert b"hunter2" not in put(alice, bytes_value="hunter2!").content


@pytest.mark.usefixtures("scope")
class TestGetSecret:
    def test_gives_base64(self, alice: Client) -> None:
        put(alice)

        assert alice.get(GET).json() == {"key": "k", "value": "aHVudGVyMg=="}

    def test_is_written_down(self, alice: Client) -> None:
        put(alice)

        alice.get(GET)

        assert AuditEvent.objects.filter(verb="read", object_name="prod/k", actor_name="Alice").count() == 1

    def test_is_for_those_who_may_read(self, alice: Client, bob: Client, charlie: Client) -> None:
        put(alice)

        assert error(bob.get(GET)) == (403, "PERMISSION_DENIED")
        assert error(charlie.get(GET)) == (404, "RESOURCE_DOES_NOT_EXIST")
        alice.post(f"{SECRETS}/acls/put", {"scope": "prod", "principal": "users", "permission": "READ"})
        assert value(bob) == b"hunter2"
        assert error(charlie.get(GET)) == (404, "RESOURCE_DOES_NOT_EXIST")

    @pytest.mark.parametrize("key", ["missing", "K", "a%20b", "%00"])
    def test_finds_no_unknown_key(self, alice: Client, key: str) -> None:
        put(alice)

        status, _ = error(alice.get(f"{SECRETS}/get?scope=prod&key={key}"))

        assert status == (400 if key == "%00" else 404)

    @pytest.mark.parametrize("query", ["", "scope=prod", "key=k"])
    def test_says_what_is_missing(self, alice: Client, query: str) -> None:
        assert error(alice.get(f"{SECRETS}/get?{query}")) == (400, "INVALID_PARAMETER_VALUE")


@pytest.mark.usefixtures("scope")
class TestListSecrets:
    def test_tells_keys_and_milliseconds(self, alice: Client) -> None:
        put(alice)

        (found,) = alice.get(f"{SECRETS}/list?scope=prod").json()["secrets"]

        assert found == {"key": "k", "last_updated_timestamp": found["last_updated_timestamp"]}
        assert found["last_updated_timestamp"] == int(Secret.objects.get().updated_at.timestamp() * 1000)

    def test_has_no_value(self, alice: Client) -> None:
        put(alice)

        assert b"aHVudGVy" not in alice.get(f"{SECRETS}/list?scope=prod").content

    def test_is_for_those_who_may_read(self, bob: Client, charlie: Client) -> None:
        assert error(bob.get(f"{SECRETS}/list?scope=prod")) == (403, "PERMISSION_DENIED")
        assert error(charlie.get(f"{SECRETS}/list?scope=prod")) == (404, "RESOURCE_DOES_NOT_EXIST")

    def test_needs_as_many_queries_for_many_as_for_few(
        self, alice: Client, django_assert_max_num_queries: DjangoAssertNumQueries
    ) -> None:
        prod = SecretScope.objects.get()
        Secret.objects.bulk_create(
            Secret(workspace=prod.workspace, scope=prod, key=f"k{number}", sealed=b"x", updated_at=timezone.now())
            for number in range(1000)
        )

        with django_assert_max_num_queries(6):
            assert len(alice.get(f"{SECRETS}/list?scope=prod").json()["secrets"]) == 1000

    def test_names_an_unknown_scope_by_its_code(self, alice: Client) -> None:
        assert error(alice.get(f"{SECRETS}/list?scope=none")) == (404, "RESOURCE_DOES_NOT_EXIST")


@pytest.mark.usefixtures("scope")
class TestDeleteSecret:
    def test_removes_it(self, alice: Client) -> None:
        put(alice)

        assert done(alice.post(f"{SECRETS}/delete", {"scope": "prod", "key": "k"}))
        assert error(alice.get(GET)) == (404, "RESOURCE_DOES_NOT_EXIST")
        assert error(alice.post(f"{SECRETS}/delete", {"scope": "prod", "key": "k"}))[0] == 404

    def test_is_for_those_who_may_write(self, alice: Client, bob: Client, charlie: Client) -> None:
        put(alice)
        alice.post(f"{SECRETS}/acls/put", {"scope": "prod", "principal": "users", "permission": "READ"})

        assert error(bob.post(f"{SECRETS}/delete", {"scope": "prod", "key": "k"})) == (403, "PERMISSION_DENIED")
        assert error(charlie.post(f"{SECRETS}/delete", {"scope": "prod", "key": "k"}))[0] == 404
        assert Secret.objects.exists()
