"""Apps as Connect's clients make, find and change them."""

import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from deployments.models import App, State
from deployments.operations import apps
from tests.deployments.api.clients import Client
from tests.deployments.api.connect.dialect import CONTENT, bring, deploy, error, upload
from tests.world import World

#: What ``rsconnect content build add`` wants to find.
REQUIRED = {
    "guid", "id", "bundle_id", "title", "name", "app_mode", "content_url", "dashboard_url", "created_time",
    "last_deployed_time", "owner_guid",
}  # fmt: skip


class TestCreate:
    def test_gives_the_app_the_nearest_name(self, alice: Client, world: World) -> None:
        told = alice.post(CONTENT, {"name": "my_app", "future_field": 1}).json()

        app = App.objects.get(name="my-app")
        assert (told["guid"], told["id"]) == (str(app.uuid), str(app.pk))
        assert (told["name"], told["title"], told["bundle_id"], told["app_mode"]) == ("my-app", None, None, "unknown")
        assert told["content_url"] == f"{app.url}/"
        assert told["dashboard_url"].endswith("/w/acme/apps/my-app")
        assert told.keys() >= REQUIRED

    def test_finds_a_name_for_content_that_has_none(self, alice: Client) -> None:
        one, other = alice.post(CONTENT, {}).json(), alice.post(CONTENT, {"title": "Sales"}).json()

        assert one["name"] != other["name"]
        assert other["title"] == "Sales"

    def test_says_that_a_name_is_taken(self, alice: Client, content: dict[str, str]) -> None:
        assert error(alice.post(CONTENT, {"name": "My App"})) == (409, 26)

    @pytest.mark.parametrize(
        "body",
        [{"name": "___"}, {"name": 7}, {"title": "x" * 201}, {"access_type": "none"}, {"access_type": ["all"]}],
    )
    def test_refuses_what_cannot_be(self, alice: Client, body: object) -> None:
        assert error(alice.post(CONTENT, body)) == (400, 25)
        assert not App.objects.exists()

    def test_opens_it_as_asked(self, alice: Client) -> None:
        told = alice.post(CONTENT, {"name": "open", "access_type": "all"}).json()

        assert (told["access_type"], App.objects.get().access) == ("all", "everyone")


class TestList:
    def test_shows_all_that_the_workspace_has(self, alice: Client, charlie: Client, content: dict[str, str]) -> None:
        assert [one["guid"] for one in alice.get(CONTENT).json()] == [content["guid"]]
        assert charlie.get(CONTENT).json() == []

    def test_ends_the_search_for_a_free_name(self, alice: Client, content: dict[str, str]) -> None:
        assert [one["guid"] for one in alice.get(f"{CONTENT}?name=my_app").json()] == [content["guid"]]
        assert alice.get(f"{CONTENT}?name=my_app1").json() == []
        assert alice.get(f"{CONTENT}?name=my").json() == []

    def test_ends_that_search_for_a_long_name_too(self, alice: Client) -> None:
        name, following = "x" * 64, "x" * 63 + "1"
        alice.post(CONTENT, {"name": name})

        assert len(alice.get(f"{CONTENT}?name={name}").json()) == 1
        assert alice.get(f"{CONTENT}?name={following}").json() == []
        assert alice.post(CONTENT, {"name": following}).status_code == 200

    def test_begins_with_what_was_deployed_last(self, alice: Client, world: World) -> None:
        for name in ("first", "second", "never"):
            world.app(name)
        for name in ("second", "first"):
            address = f"{CONTENT}/{App.objects.get(name=name).uuid}"
            bring(deploy(alice, address, bundle_id=upload(alice, address)), State.ACTIVE)

        assert [one["name"] for one in alice.get(CONTENT).json()] == ["first", "second", "never"]

    def test_is_of_an_owner(self, alice: Client, world: World) -> None:
        world.app("bobs", by=world.bob)
        world.app("hers")

        assert [one["name"] for one in alice.get(f"{CONTENT}?owner_guid={world.bob.user.uuid}").json()] == ["bobs"]
        assert error(alice.get(f"{CONTENT}?owner_guid=bob")) == (400, 25)

    def test_asks_as_often_for_many(self, alice: Client, world: World) -> None:
        counts = []
        alice.get(CONTENT)  # Notes when the token was used, once in a minute.
        for names in (["a"], ["b", "c", "d"]):
            for name in names:
                world.app(name)
            with CaptureQueriesContext(
                connection,
            ) as queries:
                alice.get(f"{CONTENT}?include=owner,tags")
            counts.append(len(queries))

        assert counts[0] == counts[1]


class TestGet:
    def test_tells_what_serves(self, alice: Client, address: str) -> None:
        bundle_id = upload(alice, address)
        bring(deploy(alice, address, bundle_id=bundle_id), State.ACTIVE)

        told = alice.get(address).json()

        assert (told["bundle_id"], told["app_mode"], told["py_version"]) == (bundle_id, "python-fastapi", "3.11.7")
        assert told["last_deployed_time"].endswith("Z")

    def test_includes_the_owner_and_no_tags(self, alice: Client, address: str, world: World) -> None:
        told = alice.get(f"{address}?include=owner,tags,vanity_url").json()

        assert told["owner"]["guid"] == told["owner_guid"] == str(world.alice.user.uuid)
        assert "tags" not in told

    def test_hides_it_from_a_stranger(self, alice: Client, charlie: Client, address: str) -> None:
        assert error(charlie.get(address)) == error(alice.get(f"{CONTENT}/{uuid.uuid4()}")) == (404, 4)

    def test_does_not_find_what_was_deleted(self, alice: Client, address: str) -> None:
        assert alice.delete(address).status_code == 204

        assert error(alice.get(address)) == (404, 4)
        assert App.objects.get().deleted_at is not None


class TestUpdate:
    def test_changes_the_title(self, alice: Client, address: str) -> None:
        assert alice.patch(address, {"title": "Other"}).json()["title"] == "Other"

    def test_changes_nothing_when_nothing_is_asked(self, alice: Client, address: str, content: dict[str, str]) -> None:
        assert alice.patch(address, {}).json() == content

    def test_keeps_the_chosen_when_it_changes_the_access(self, alice: Client, address: str, world: World) -> None:
        from deployments.operations import access

        access.put(world.alice, App.objects.get(), access="chosen", users=["bob@example.org"])

        assert alice.patch(address, {"access_type": "logged_in"}).json()["access_type"] == "logged_in"
        assert access.get(world.alice, App.objects.get()).users == ("bob@example.org",)

    def test_keeps_the_name(self, alice: Client, address: str) -> None:
        assert alice.patch(address, {"name": "my_app"}).status_code == 200
        assert error(alice.patch(address, {"name": "other"})) == (409, 2)

    def test_belongs_to_the_workspace_alone(self, charlie: Client, address: str) -> None:
        assert error(charlie.patch(address, {"title": "x"})) == error(charlie.delete(address)) == (404, 4)
        assert apps.App.objects.get().title == "My App"
