import pytest
from django.test import Client

from deployments.models import App, State
from tests.world import World


class TestNewApp:
    def test_leads_to_the_upload(self, alice: Client, world: World) -> None:
        answer = alice.post("/w/acme/apps/new", {"name": "hello"})

        assert answer["Location"] == "/w/acme/apps/hello/deploy"
        assert App.objects.get().owner == world.alice.user

    @pytest.mark.parametrize(
        ("name", "sentence"),
        [
            ("My App", "“my-app” would do"),
            ("-x", "“x” would do"),
            ("", "Give the app a name."),
            ("new", "a word of Slipway&#x27;s own"),
            ("a" * 64, "at most 63"),
            ("taken", "There is an app &#x27;taken&#x27; in this workspace already."),
        ],
    )
    def test_refuses_a_bad_name_and_keeps_it(self, name: str, sentence: str, alice: Client, world: World) -> None:
        world.app("taken")

        answer = alice.post("/w/acme/apps/new", {"name": name})

        assert answer.status_code == 400
        assert sentence in answer.content.decode()
        assert App.objects.count() == 1

    def test_offers_the_examples_with_a_sentence_each(self, alice: Client) -> None:
        page = alice.get("/w/acme/apps/new").content.decode()

        assert 'value="hello-fastapi"' in page
        assert "A Flask app with Jinja templates, a stylesheet and a form that counts words." in page

    def test_an_example_is_deployed_at_once(self, alice: Client, world: World) -> None:
        answer = alice.post("/w/acme/apps/new", {"name": "mine", "example": "plain-script"})

        assert answer["Location"] == "/w/acme/apps/mine/deployments/1"
        assert App.objects.get().deployments.get().state == State.QUEUED

    def test_an_example_lends_its_name(self, alice: Client, world: World) -> None:
        alice.post("/w/acme/apps/new", {"name": "", "example": "plain-script"})

        assert App.objects.get().name == "plain-script"

    @pytest.mark.parametrize("example", ["nowhere", "../tests", "plain-script/../flask-jinja", "/etc", "a\0"])
    def test_takes_only_an_example_that_there_is(self, example: str, alice: Client, world: World) -> None:
        answer = alice.post("/w/acme/apps/new", {"name": "mine", "example": example})

        assert answer.status_code == 400
        assert "There is no such example." in answer.content.decode()
        assert not App.objects.exists()


class TestAppName:
    def test_gives_the_address_of_a_free_one(self, alice: Client) -> None:
        content = alice.get("/w/acme/app-name?name=hello").json()

        assert content["problem"] == ""
        assert "://hello-acme.apps.localhost" in content["address"]

    def test_is_the_address_the_app_then_gets(self, alice: Client, world: World) -> None:
        world.app("hello-acme", by=world.charlie)
        promised = alice.get("/w/acme/app-name?name=hello").json()["address"]

        alice.post("/w/acme/apps/new", {"name": "hello"})

        assert App.objects.get(name="hello").url == promised

    @pytest.mark.parametrize(
        ("name", "problem"), [("taken", "There is an app “taken”"), ("No!", "“no” would do"), ("\0", "Use lower-case")]
    )
    def test_says_what_is_wrong(self, name: str, problem: str, alice: Client, world: World) -> None:
        world.app("taken")

        content = alice.get("/w/acme/app-name", {"name": name}).json()

        assert problem in content["problem"]
        assert content["address"] == ""

    def test_tells_nothing_of_other_workspaces(self, charlie: Client, world: World) -> None:
        world.app("hello")

        assert charlie.get("/w/globex/app-name?name=hello").json()["problem"] == ""
