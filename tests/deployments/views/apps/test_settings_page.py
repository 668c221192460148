import pytest
from django.test import Client

from deployments.models import App
from tests.world import World

SETTINGS = {
    "title": "Hello",
    "command": "uvicorn main:app --port '$PORT'",
    "readiness_path": "/healthz",
    "startup_s": "2",
    "start_timeout_s": "30",
}


class TestAppSettings:
    def test_saves_and_comes_back(self, alice: Client, world: World) -> None:
        app = world.app("hello")

        answer = alice.post("/w/acme/apps/hello/settings", SETTINGS)

        app.refresh_from_db()
        assert answer["Location"] == "/w/acme/apps/hello/settings"
        assert app.command == ["uvicorn", "main:app", "--port", "$PORT"]
        assert (app.title, app.readiness_path, app.startup_s) == ("Hello", "/healthz", 2.0)

    @pytest.mark.parametrize(("chosen", "kept"), [("off", False), ("on", True), ("", None)])
    def test_saves_whether_packages_are_installed(
        self, alice: Client, world: World, chosen: str, kept: bool | None
    ) -> None:
        app = world.app("hello")

        alice.post("/w/acme/apps/hello/settings", {**SETTINGS, "environment_management": chosen})

        app.refresh_from_db()
        assert app.environment_management is kept

    def test_shows_the_command_as_it_can_be_typed_again(self, alice: Client, world: World) -> None:
        app = world.app("hello")
        App.objects.filter(pk=app.pk).update(command=["python", "my app.py"])

        page = alice.get("/w/acme/apps/hello/settings").content.decode()

        assert "python &#x27;my app.py&#x27;" in page

    @pytest.mark.parametrize(
        ("field", "value", "sentence"),
        [
            ("command", "python 'app.py", "A quotation mark is not closed."),
            ("readiness_path", "healthz", "is not a path to ask"),
            ("start_timeout_s", "0", "start_timeout_s is not a number of seconds"),
            ("startup_s", "nan", "Enter a number."),
        ],
    )
    def test_refuses_a_bad_value_and_keeps_what_was_typed(
        self, field: str, value: str, sentence: str, alice: Client, world: World
    ) -> None:
        app = world.app("hello")

        answer = alice.post("/w/acme/apps/hello/settings", SETTINGS | {field: value})

        app.refresh_from_db()
        assert answer.status_code == 400
        assert sentence in answer.content.decode()
        assert 'value="Hello"' in answer.content.decode()
        assert app.title == ""


class TestDelete:
    def test_deletes_when_the_name_is_typed(self, alice: Client, world: World) -> None:
        world.app("hello")

        answer = alice.post("/w/acme/apps/hello/delete", {"name": "hello"}, follow=True)

        assert not App.objects.living().exists()
        assert answer.redirect_chain == [("/w/acme/apps", 302)]
        assert "For 7 days you can restore it" in answer.content.decode()

    def test_does_nothing_for_another_name(self, alice: Client, world: World) -> None:
        world.app("hello")

        answer = alice.post("/w/acme/apps/hello/delete", {"name": "helo"})

        assert answer.status_code == 400
        assert "This is not the name." in answer.content.decode()
        assert App.objects.living().exists()
