"""What a client asks before all else, and what it is told where nothing is."""

import json

import pytest
from django.test import Client as DjangoClient
from packaging.version import Version

from deployments.pipeline import platform
from tests.deployments.api.clients import Client
from tests.deployments.api.connect.dialect import API, CONTENT, error
from tests.world import World

SETTINGS = "/__api__/server_settings"


class TestServerSettings:
    @pytest.mark.parametrize("token", [None, "slw_wrong"])
    def test_are_for_everybody(self, token: str | None) -> None:
        told = Client(token).get(SETTINGS)

        assert told.status_code == 200
        # From 2025.06 on the client deploys drafts, and from 2025.11 on sends what it knows of git.
        assert Version(told.json()["version"]) >= Version("2026.06.0")
        assert len(told.json()["version"].split(".")) == 3

    def test_name_the_pythons(self, alice: Client) -> None:
        told = alice.get(f"{API}/server_settings/python").json()

        assert {one["version"] for one in told["installations"]} == {one.version for one in platform.interpreters()}
        assert told["api_enabled"] is True


class TestMe:
    def test_is_whoever_the_token_is_of(self, world: World) -> None:
        told = Client(world.token(world.bob)).get(f"{API}/user").json()

        assert told["username"] == told["email"] == "bob@example.org"
        assert (told["guid"], told["user_role"]) == (str(world.bob.user.uuid), "publisher")
        assert (told["confirmed"], told["locked"]) == (True, False)

    def test_takes_the_token_as_a_key(self, world: World) -> None:
        headers = {"Authorization": f"Key {world.token(world.alice)}"}

        assert DjangoClient().get(f"{API}/user", headers=headers).json()["user_role"] == "administrator"

    def test_says_that_a_key_is_not_valid(self, db: None) -> None:
        assert error(Client("slw_wrong").get(f"{API}/user")) == (401, 30)
        assert error(Client().get(f"{API}/user")) == (401, 24)


class TestRequests:
    def test_are_not_counted_by_cookies(self, world: World) -> None:
        """The client sends back here what an app has set."""
        browser = DjangoClient(enforce_csrf_checks=True)
        browser.force_login(world.bob.user)
        headers = {"Authorization": f"Key {world.token(world.alice)}"}

        assert error(browser.get(f"{API}/user")) == (401, 24)
        assert browser.get(f"{API}/user", headers=headers).json()["email"] == "alice@example.org"
        made = browser.post(CONTENT, '{"name": "x"}', content_type="application/json", headers=headers)
        assert made.status_code == 200

    @pytest.mark.parametrize(
        "path", ["", "/", "/v1/nothing", "/v1/content/", "/v1/content/7", "/tokens", "/server_settings/"]
    )
    def test_of_what_is_not_there_are_told_so_and_never_redirected(self, alice: Client, path: str) -> None:
        for method in ("GET", "POST", "DELETE"):
            assert error(alice.ask(method, f"/__api__{path}")) == (404, 4)

    def test_of_another_method_are_told_so(self, alice: Client) -> None:
        assert error(alice.delete(CONTENT)) == (405, 2)

    @pytest.mark.parametrize("body", ["{", "[" * 100_000, '"\\ud800"', "NaN"])
    def test_that_are_no_json_are_told_so(self, alice: Client, body: str) -> None:
        assert error(alice.post(CONTENT, body, content_type="text/plain")) == (400, 87)

    def test_that_are_no_object_are_told_so(self, alice: Client) -> None:
        assert error(alice.post(CONTENT, json.dumps([1]), content_type="application/json")) == (400, 87)
