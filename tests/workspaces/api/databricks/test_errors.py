from pathlib import Path

import pytest
from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.http import Http404, UnreadablePostError
from django.test import Client as DjangoClient
from rest_framework import exceptions

from tests.deployments.api.clients import Client
from tests.workspaces.api.databricks.dialect import SECRETS, error
from workspaces import errors as platform
from workspaces.api.databricks import errors
from workspaces.models import Secret

METHODS = ("get", "post", "put", "patch", "delete")


class TestExplain:
    @pytest.mark.parametrize("kind", platform.ErrorKind)
    def test_knows_every_kind(self, kind: platform.ErrorKind) -> None:
        refused = next(one for one in platform.PlatformError.__subclasses__() if one.kind == kind)

        status, code, message = errors.explain(refused("It is so.", "Do this."))

        assert (status, code) == errors.KINDS[kind]
        assert message == "It is so. Do this."

    def test_answers_no_code_that_is_not_documented(self) -> None:
        document = (Path(__file__).parents[4] / "docs/databricks.md").read_text()
        codes = {code for _, code in errors.KINDS.values()} | {errors.CODES[status] for status in (400, 401, 404, 405)}

        assert {code for code in codes | {"RESOURCE_ALREADY_EXISTS"} if f"| `{code}` |" not in document} == set()

    def test_never_makes_a_client_try_again(self) -> None:
        known = {status for status, _ in errors.KINDS.values()} | errors.CODES.keys()

        assert known & {429, 503} == set()

    @pytest.mark.parametrize(
        ("raised", "status", "code"),
        [
            (Http404(), 404, "ENDPOINT_NOT_FOUND"),
            (PermissionDenied(), 403, "PERMISSION_DENIED"),
            (RequestDataTooBig(), 413, "RESOURCE_LIMIT_EXCEEDED"),
            (SuspiciousOperation("/etc/passwd"), 400, "MALFORMED_REQUEST"),
            (UnreadablePostError(), 400, "MALFORMED_REQUEST"),
            (exceptions.MethodNotAllowed("PUT"), 405, "METHOD_NOT_ALLOWED"),
            (exceptions.UnsupportedMediaType("x"), 415, "BAD_REQUEST"),
            (ZeroDivisionError("secret"), 500, "INTERNAL_ERROR"),
        ],
    )
    def test_gives_each_a_status_and_a_code(self, raised: Exception, status: int, code: str) -> None:
        found_status, found_code, message = errors.explain(raised)

        assert (found_status, found_code) == (status, code)
        assert "secret" not in message
        assert "/etc" not in message


class TestAlreadyExists:
    def test_turns_a_conflict_into_the_code_of_a_taken_name(self) -> None:
        with pytest.raises(errors.AlreadyExists) as raised, errors.already_exists():
            raise platform.Conflict("There is one.", "Choose another.")

        assert errors.explain(raised.value) == (400, "RESOURCE_ALREADY_EXISTS", "There is one. Choose another.")

    def test_lets_everything_else_pass(self) -> None:
        with pytest.raises(platform.Invalid), errors.already_exists():
            raise platform.Invalid("No.")


class TestHandle:
    def test_says_who_you_must_be(self, db: None) -> None:
        response = Client().get(f"{SECRETS}/scopes/list")

        assert error(response) == (401, "UNAUTHENTICATED")
        assert response["WWW-Authenticate"].startswith("Bearer ")

    @pytest.mark.parametrize("token", ["slw_wrong", "dapi0123456789abcdef", ""])
    def test_refuses_a_wrong_token_alike(self, db: None, token: str) -> None:
        response = DjangoClient().get(f"{SECRETS}/scopes/list", headers={"Authorization": f"Bearer {token}"})

        assert error(response) == (401, "UNAUTHENTICATED")

    def test_refuses_a_password(self, db: None) -> None:
        response = DjangoClient().get(f"{SECRETS}/scopes/list", headers={"Authorization": "Basic YTpi"})

        assert error(response) == (401, "UNAUTHENTICATED")
        assert "token" in response.json()["message"]

    def test_keeps_the_reason_of_what_nobody_foresaw(
        self, alice: Client, scope: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from workspaces.operations import secret_scopes

        monkeypatch.setattr(secret_scopes, "MAX_SCOPES", None)

        response = alice.post(f"{SECRETS}/scopes/create", {"scope": "other"})

        assert error(response) == (500, "INTERNAL_ERROR")
        assert "NoneType" not in response.json()["message"]


class TestUnknownAddress:
    @pytest.mark.parametrize("method", METHODS)
    @pytest.mark.parametrize("path", ["/api/2.0", "/api/2.0/", "/api/2.0/clusters/list", "/api/2.1/jobs/list"])
    def test_is_not_found_in_json(self, alice: Client, method: str, path: str) -> None:
        assert error(alice.ask(method, path, {})) == (404, "ENDPOINT_NOT_FOUND")

    def test_neither_adds_nor_takes_a_slash(self, alice: Client) -> None:
        assert error(alice.get(f"{SECRETS}/scopes/list/")) == (404, "ENDPOINT_NOT_FOUND")

    def test_wants_no_csrf_token(self, db: None) -> None:
        response = DjangoClient(enforce_csrf_checks=True).post("/api/2.0/telemetry-ext", {}, "application/json")

        assert error(response) == (404, "ENDPOINT_NOT_FOUND")

    def test_leaves_our_own_dialect_alone(self, alice: Client) -> None:
        assert alice.get("/api/v1/nowhere").json()["code"] == "not_found"


class TestWrongMethod:
    @pytest.mark.parametrize("method", ["get", "put", "patch", "delete"])
    def test_is_refused_in_json(self, alice: Client, scope: str, method: str) -> None:
        response = alice.ask(method, f"{SECRETS}/put", {"scope": scope, "key": "k", "string_value": "v"})

        assert error(response) == (405, "METHOD_NOT_ALLOWED")
        assert response["Allow"] == "POST, OPTIONS"
        assert not Secret.objects.exists()
