from django.test import Client

from tests.workspaces.api.databricks.dialect import error
from tests.world import World

ADDRESS = "/.well-known/databricks-config"


class TestHostMetadata:
    def test_is_for_everybody(self, db: None) -> None:
        response = Client().get(ADDRESS)

        assert (response.status_code, response.json()) == (200, {"oidc_endpoint": "http://testserver/oidc"})

    def test_names_no_workspace(self, world: World) -> None:
        content = Client().get(ADDRESS, headers={"Authorization": f"Bearer {world.token(world.alice)}"}).json()

        assert "workspace_id" not in content
        assert "account_id" not in content

    def test_does_not_mind_a_workspace_header(self, db: None) -> None:
        assert Client().get(ADDRESS, headers={"X-Databricks-Workspace-Id": "7"}).status_code == 200

    def test_believes_no_strange_host(self, db: None) -> None:
        assert Client().get(ADDRESS, headers={"Host": "evil.example"}).status_code == 400


class TestOauth:
    def test_says_what_to_use_instead(self, db: None) -> None:
        response = Client().get("/oidc/.well-known/oauth-authorization-server")

        assert error(response) == (404, "ENDPOINT_NOT_FOUND")
        assert "DATABRICKS_TOKEN" in response.json()["message"]
