import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from deployments.models import App, Deployment, State
from deployments.operations import apps, deployments
from tests.deployments.api.clients import APPS, Client, is_error
from tests.world import World
from workspaces.models import AuditEvent


class TestCreate:
    def test_takes_every_field_that_patch_takes(self, alice: Client) -> None:
        settings = {
            "title": "Hello",
            "command": ["python", "app.py"],
            "readiness_path": "/ready",
            "startup_s": 1.5,
            "start_timeout_s": 20.0,
            "scaling": "horizontal",
            "instances": 2,
            "environment_management": False,
            "installer": "pip",
            "use_preinstalled_libraries": False,
            "base_image": "clean",
        }
        assert set(settings) == set(apps.CHANGEABLE)

        response = alice.post(APPS, {"name": "hello", **settings})

        assert response.status_code == 201
        assert settings.items() <= response.json().items()
        assert response["Location"] == f"{APPS}/hello"

    def test_tells_the_address_and_the_owner(self, alice: Client) -> None:
        app = alice.post(APPS, {"name": "hello"}).json()

        assert app["url"] == "http://hello-acme.apps.localhost:8000"
        assert (app["state"], app["active_deployment"], app["owner"]) == ("empty", None, "alice@example.org")

    @pytest.mark.parametrize(
        ("body", "message"),
        [
            ({"name": "hello", "titel": "x"}, "There is no field 'titel' here."),
            ({"name": "hello", "principal": "x"}, "There is no field 'principal' here."),
            ({"name": "hello", "url": "http://x"}, "There is no field 'url' here."),
            ({"title": "x"}, "The field 'name' is missing or not a text."),
            ({"name": ["x"]}, "The field 'name' is missing or not a text."),
            ({"name": "Hello World"}, "'Hello World' cannot be the name of an app."),
            ({"name": "a\0b"}, "'a\\x00b' cannot be the name of an app."),
            ({"name": "hello", "instances": 99}, "instances is not a whole number from 1 to 5."),
            ([{"name": "hello"}], "The body is not a JSON object."),
        ],
    )
    def test_refuses_with_a_sentence(self, alice: Client, body: object, message: str) -> None:
        response = alice.post(APPS, body)

        assert is_error(response, 400, "invalid")
        assert response.json()["message"] == message
        assert not App.objects.exists()

    def test_refuses_a_name_in_use(self, alice: Client, world: World) -> None:
        world.app("hello")

        assert is_error(alice.post(APPS, {"name": "hello"}), 409, "conflict")


class TestList:
    def test_is_by_name_and_of_the_own_workspace(self, alice: Client, world: World) -> None:
        for name in ("b", "c", "a"):
            world.app(name)
        world.app("strange", by=world.charlie)

        page = alice.get(APPS).json()

        assert [app["name"] for app in page["results"]] == ["a", "b", "c"]
        assert page["next"] is None

    def test_goes_on_at_next_though_rows_come_and_go(self, alice: Client, world: World) -> None:
        for name in ("a", "b", "d", "e"):
            world.app(name)
        first = alice.get(f"{APPS}?limit=2").json()
        apps.delete(world.alice, App.objects.get(name="b"), now=timezone.now())
        world.app("c")

        second = alice.get(first["next"]).json()

        assert [app["name"] for app in first["results"]] == ["a", "b"]
        assert [app["name"] for app in second["results"]] == ["c", "d"]
        assert [app["name"] for app in alice.get(second["next"]).json()["results"]] == ["e"]

    @pytest.mark.parametrize("number", [3, 30])
    def test_asks_the_database_a_constant_number_of_times(
        self, alice: Client, world: World, number: int, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        for index in range(number):
            app = world.app(f"app-{index}")
            _active(world, app)

        # Token and its last use, membership; apps, their instances, what is in flight.
        with django_assert_num_queries(6):
            page = alice.get(APPS).json()

        assert [app["active_deployment"] for app in page["results"]] == [1] * number

    @pytest.mark.parametrize(
        "query", ["cursor=x", "cursor=AA", "cursor=%00", "cursor=YSBi", "limit=0", "limit=201", "limit=x"]
    )
    def test_refuses_a_strange_query(self, alice: Client, query: str) -> None:
        assert is_error(alice.get(f"{APPS}?{query}"), 400, "invalid")


class TestChange:
    def test_changes_what_is_given(self, alice: Client, world: World) -> None:
        world.app()

        changed = alice.patch(f"{APPS}/hello", {"title": "New", "scaling": "horizontal", "instances": 3}).json()

        assert (changed["title"], changed["instances"], changed["command"]) == ("New", 3, [])

    @pytest.mark.parametrize("field", ["name", "app", "state", "owner", "host_label", "unix_uid"])
    def test_refuses_what_cannot_be_changed(self, alice: Client, world: World, field: str) -> None:
        world.app()

        response = alice.patch(f"{APPS}/hello", {field: "x", "title": "New"})

        assert is_error(response, 400, "invalid")
        assert repr(field) in response.json()["message"]
        assert App.objects.get().title == ""


class TestDelete:
    def test_takes_the_app_away(self, alice: Client, world: World) -> None:
        world.app()

        response = alice.delete(f"{APPS}/hello")

        assert (response.status_code, response.content) == (204, b"")
        assert is_error(alice.get(f"{APPS}/hello"), 404, "not_found")

    def test_is_undone_by_restore(self, alice: Client, world: World) -> None:
        world.app()
        alice.delete(f"{APPS}/hello")

        restored = alice.post(f"{APPS}/hello/restore")

        assert (restored.status_code, restored.json()["state"]) == (200, "stopped")
        assert alice.get(f"{APPS}/hello").status_code == 200

    def test_is_not_undone_for_a_stranger(self, alice: Client, charlie: Client, world: World) -> None:
        world.app()
        alice.delete(f"{APPS}/hello")

        assert is_error(charlie.post(f"{APPS}/hello/restore"), 404, "not_found")
        assert not App.objects.living().exists()

    def test_is_not_undone_over_a_new_app_of_that_name(self, alice: Client, world: World) -> None:
        world.app()
        alice.delete(f"{APPS}/hello")
        world.app()

        assert is_error(alice.post(f"{APPS}/hello/restore"), 409, "conflict")


class TestStopAndStart:
    def test_are_told_and_written_down(self, alice: Client, world: World) -> None:
        world.app()

        stopped = alice.post(f"{APPS}/hello/stop")
        started = alice.post(f"{APPS}/hello/start")

        assert (stopped.status_code, stopped.json()["state"]) == (202, "stopped")
        assert (started.status_code, started.json()["state"]) == (202, "empty")
        assert list(AuditEvent.objects.filter(object_name="hello").order_by("id").values_list("verb", flat=True)) == [
            "created",
            "stopped",
            "started",
        ]


class TestAStranger:
    def test_reads_the_same_of_a_hidden_app_as_of_a_missing_one(self, charlie: Client, world: World) -> None:
        world.app("hello")

        hidden, missing = charlie.get(f"{APPS}/hello"), charlie.get(f"{APPS}/other")

        assert is_error(hidden, 404, "not_found")
        assert hidden.content.replace(b"hello", b"other") == missing.content

    @pytest.mark.parametrize("name", ["%00", "a%00b", "%F0%9F%98%80", "..", "x" * 500, "'; drop table"])
    def test_finds_nothing_under_a_strange_name(self, alice: Client, name: str) -> None:
        assert is_error(alice.get(f"{APPS}/{name}"), 404, "not_found")


def _active(world: World, app: App) -> Deployment:
    deployment = deployments.request(world.alice, app, bundle=world.bundle())
    for state in (State.BUILDING, State.STARTING, State.ACTIVE):
        assert deployment.move(state)
    App.objects.filter(pk=app.pk).update(active_deployment=deployment)
    return deployment
