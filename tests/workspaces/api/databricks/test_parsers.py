import json

import pytest

from tests.deployments.api.clients import Client
from tests.workspaces.api.databricks.dialect import SECRETS, done, error
from workspaces.models import SecretScope

CREATE = f"{SECRETS}/scopes/create"


class TestAnyJson:
    @pytest.mark.parametrize(
        "content_type",
        [
            "text/json",
            "application/json",
            "application/json; charset=utf-8",
            "application/x-www-form-urlencoded",
            "text/plain",
            "",
        ],
    )
    def test_reads_json_under_whatever_name(self, alice: Client, content_type: str) -> None:
        assert done(alice.post(CREATE, json.dumps({"scope": "prod"}), content_type=content_type))
        assert SecretScope.objects.get().name == "prod"

    def test_lets_a_get_say_text_json(self, alice: Client) -> None:
        assert alice.get(f"{SECRETS}/scopes/list", headers={"Content-Type": "text/json"}).status_code == 200

    @pytest.mark.parametrize(
        "body", ["{", "[]", "null", '"prod"', "{'scope': 'prod'}", '{"scope": NaN}', '{"scope": "\\ud800"}']
    )
    def test_refuses_what_is_no_json_object(self, alice: Client, body: str) -> None:
        assert error(alice.post(CREATE, body, content_type="text/json")) == (400, "MALFORMED_REQUEST")
        assert not SecretScope.objects.exists()

    def test_takes_no_body_for_an_empty_object(self, alice: Client) -> None:
        response = alice.post(CREATE, "", content_type="text/json")

        assert error(response) == (400, "INVALID_PARAMETER_VALUE")
        assert "scope" in response.json()["message"]

    def test_refuses_what_is_no_utf8(self, alice: Client) -> None:
        assert error(alice.post(CREATE, b'{"scope": "\xff"}')) == (400, "MALFORMED_REQUEST")

    def test_refuses_a_huge_body(self, alice: Client) -> None:
        response = alice.post(CREATE, {"scope": "x" * 2 * 1024 * 1024})

        assert error(response) == (400, "MALFORMED_REQUEST")
        assert "1 MiB" in response.json()["message"]

    def test_ignores_what_nobody_knows(self, alice: Client) -> None:
        assert done(alice.post(CREATE, {"scope": "prod", "from_a_newer_client": {"a": 1}}))
