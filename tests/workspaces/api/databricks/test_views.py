import pytest
from django.test import Client as DjangoClient

from tests.deployments.api.clients import Client
from tests.workspaces.api.databricks.dialect import SCIM, SECRETS, done, error
from tests.world import PASSWORD, World
from workspaces.models import SecretScope


class TestDatabricksView:
    @pytest.mark.parametrize("accept", ["*/*", "text/html", "application/scim+json", "nonsense", ""])
    def test_answers_json_whatever_is_accepted(self, alice: Client, accept: str) -> None:
        response = alice.get(f"{SECRETS}/scopes/list", headers={"Accept": accept})

        assert (response.status_code, response["Content-Type"]) == (200, "application/json")

    def test_wants_no_csrf_token_from_a_program(self, world: World) -> None:
        client = DjangoClient(enforce_csrf_checks=True, headers={"Authorization": f"Bearer {world.token(world.alice)}"})

        assert done(client.post(f"{SECRETS}/scopes/create", {"scope": "prod"}, "application/json"))

    def test_does_not_know_a_browsers_session(self, world: World) -> None:
        browser = DjangoClient()
        assert browser.login(email="alice@example.org", password=PASSWORD)

        assert error(browser.get(f"{SECRETS}/scopes/list")) == (401, "UNAUTHENTICATED")
        assert error(browser.post(f"{SECRETS}/scopes/create", {"scope": "x"}, "application/json"))[0] == 401
        assert not SecretScope.objects.exists()

    def test_is_kept_by_no_cache(self, alice: Client) -> None:
        assert alice.get(f"{SCIM}/Me")["Cache-Control"] == "no-store"


class TestWorkspaceHeader:
    @pytest.mark.parametrize("header", ["X-Databricks-Workspace-Id", "X-Databricks-Org-Id"])
    def test_may_name_the_tokens_workspace(self, world: World, alice: Client, header: str) -> None:
        own = str(world.alice.workspace.pk)

        assert alice.get(f"{SECRETS}/scopes/list", headers={header: own}).status_code == 200

    @pytest.mark.parametrize("header", ["X-Databricks-Workspace-Id", "X-Databricks-Org-Id"])
    @pytest.mark.parametrize("number", ["theirs", "999999", "acme"])
    def test_stops_a_client_that_means_another(self, world: World, alice: Client, header: str, number: str) -> None:
        meant = str(world.charlie.workspace.pk) if number == "theirs" else number

        response = alice.post(f"{SECRETS}/scopes/create", {"scope": "prod"}, headers={header: meant})

        assert error(response) == (400, "INVALID_PARAMETER_VALUE")
        assert "another" in response.json()["message"]
        assert not SecretScope.objects.exists()
