import pytest

from packagerepos.models import ExternalPackage, ProhibitedPackage
from packagerepos.operations import listed_packages
from packagerepos.operations.listed_packages import SiteAdmin
from tests.deployments.api.clients import Client
from tests.world import World
from workspaces.models import User


@pytest.fixture
def alice(world: World) -> Client:
    return Client(world.token(world.alice))


def names(client: Client, kind: str = "prohibited") -> dict[str, str]:
    return {row["name"]: row["level"] for row in client.ask("get", f"/api/v1/{kind}-packages").json()["results"]}


class TestLists:
    def test_show_the_sites_and_the_workspaces_and_nobody_elses(self, world: World, alice: Client) -> None:
        listed_packages.add(world.alice, ProhibitedPackage, name="left-pad")
        listed_packages.add(world.charlie, ProhibitedPackage, name="foreign")

        assert names(alice)["left-pad"] == "workspace"
        assert names(alice)["pywin32"] == "site"
        assert "foreign" not in names(alice)

    def test_take_as_many_queries_for_many(self, world: World, alice: Client, django_assert_max_num_queries) -> None:
        for number in range(30):
            listed_packages.add(world.alice, ExternalPackage, name=f"p{number}")

        with django_assert_max_num_queries(6):
            assert len(names(alice, "external")) == 30


class TestAdd:
    def test_tells_which_python_lacks_it_and_keeps_it_all_the_same(self, alice: Client) -> None:
        answer = alice.ask("post", "/api/v1/external-packages", {"name": "Nowhere_to.be-found", "note": "soon"})

        assert answer.status_code == 201, answer.content
        assert answer.json()["name"] == "nowhere-to-be-found"
        assert all(line.endswith("does not have nowhere-to-be-found.") for line in answer.json()["warnings"])
        assert answer.json()["warnings"]
        assert names(alice, "external") == {"nowhere-to-be-found": "workspace"}

    def test_explains_what_cannot_be_added(self, alice: Client) -> None:
        for body, status in (({"name": "a b"}, 400), ({"name": 7}, 400), ({}, 400), ({"name": "x", "n": 1}, 400)):
            assert alice.ask("post", "/api/v1/prohibited-packages", body).status_code == status
        assert alice.ask("post", "/api/v1/prohibited-packages", {"name": "x"}).status_code == 201
        assert alice.ask("post", "/api/v1/prohibited-packages", {"name": "X"}).status_code == 409


class TestRemove:
    def test_takes_any_spelling(self, world: World, alice: Client) -> None:
        listed_packages.add(world.alice, ProhibitedPackage, name="left-pad")

        assert alice.ask("delete", "/api/v1/prohibited-packages/Left_Pad").status_code == 204
        assert "left-pad" not in names(alice)

    def test_leaves_the_sites_alone(self, world: World, alice: Client) -> None:
        root = SiteAdmin(User.objects.create_superuser("root@example.org", name="Root"))
        listed_packages.add(root, ExternalPackage, name="numpy")

        answer = alice.ask("delete", "/api/v1/external-packages/numpy")

        assert answer.status_code == 403
        assert "site's list" in answer.json()["message"]
        assert names(alice, "external") == {"numpy": "site"}


class TestEnvironmentManagement:
    @pytest.mark.parametrize("value", [True, False, None])
    def test_is_a_setting_of_the_app(self, world: World, alice: Client, value: bool | None) -> None:
        world.app("hello")

        answer = alice.ask("patch", "/api/v1/apps/hello", {"environment_management": value})

        assert answer.json()["environment_management"] is value

    def test_is_nothing_else_than_true_false_or_null(self, world: World, alice: Client) -> None:
        world.app("hello")

        answer = alice.ask("patch", "/api/v1/apps/hello", {"environment_management": "off"})

        assert answer.status_code == 400
