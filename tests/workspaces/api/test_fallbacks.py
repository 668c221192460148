from typing import Any

import pytest
from django.test import Client

pytestmark = pytest.mark.urls("tests.workspaces.api.urls_with_fallbacks")

CASES = [
    ("missing", 404, "not_found"),
    ("nowhere", 404, "not_found"),
    ("forbidden", 403, "forbidden"),
    ("broken", 500, "internal"),
]


@pytest.fixture
def client(db: None) -> Client:
    return Client(raise_request_exception=False)


class TestUnderApi:
    @pytest.mark.parametrize(("name", "status", "code"), CASES)
    def test_answers_in_our_dialect(self, client: Client, name: str, status: int, code: str) -> None:
        response = client.get(f"/api/{name}")

        assert (response.status_code, response.json()["code"]) == (status, code)
        assert sorted(response.json()) == ["code", "hint", "message"]
        assert b"secret" not in response.content

    def test_answers_a_foreign_host_too(self, client: Client) -> None:
        response = client.get("/api/missing", headers={"Host": "evil.example"})

        assert (response.status_code, response.json()["code"]) == (400, "invalid")


class TestUnderDatabricks:
    @pytest.mark.parametrize(
        ("name", "status", "code"),
        [
            ("missing", 404, "ENDPOINT_NOT_FOUND"),
            ("forbidden", 403, "PERMISSION_DENIED"),
            ("broken", 500, "INTERNAL_ERROR"),
        ],
    )
    def test_answers_in_its_dialect(self, client: Client, name: str, status: int, code: str) -> None:
        response = client.get(f"/api/2.0/{name}")

        assert (response.status_code, response.json()["error_code"]) == (status, code)
        assert sorted(response.json()) == ["error_code", "message"]
        assert b"secret" not in response.content

    def test_answers_a_foreign_host_too(self, client: Client) -> None:
        response = client.get("/api/2.0/missing", headers={"Host": "evil.example"})

        assert (response.status_code, response.json()["error_code"]) == (400, "MALFORMED_REQUEST")

    def test_answers_as_scim_below_its_address(self, client: Client) -> None:
        response = client.get("/api/2.0/preview/scim/v2/broken")

        assert (response.status_code, response.json()["status"]) == (500, "500")
        assert "on us" in response.json()["detail"]


class TestElsewhere:
    @pytest.mark.parametrize(("name", "status", "code"), CASES)
    def test_answers_with_a_page(self, client: Client, name: str, status: int, code: str) -> None:
        response = client.get(f"/{name}")

        assert (response.status_code, response["Content-Type"]) == (status, "text/html; charset=utf-8")
        assert b"secret" not in response.content

    def test_answers_a_foreign_host_with_a_page(self, client: Client) -> None:
        assert client.get("/missing", headers={"Host": "evil.example"})["Content-Type"] == "text/html; charset=utf-8"

    def test_says_that_the_database_is_away(self, client: Client, settings: Any) -> None:
        settings.MIDDLEWARE = ["tests.workspaces.api.urls_with_fallbacks.AbsentDatabase"]

        response = client.get("/w/demo")

        assert (response.status_code, response["Content-Type"]) == (503, "text/html; charset=utf-8")
        assert b"database is not answering" in response.content
