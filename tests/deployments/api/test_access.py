import pytest

from deployments.models import App
from tests.deployments.api.clients import APPS, Client, is_error
from tests.world import World
from workspaces.operations import groups

ACCESS = f"{APPS}/hello/access"


@pytest.fixture(autouse=True)
def hello(world: World) -> None:
    world.app("hello")
    groups.create(world.alice, name="writers")


class TestGet:
    def test_tells_that_new_apps_are_for_members(self, alice: Client) -> None:
        assert alice.get(ACCESS).json() == {"access": "members", "users": [], "groups": []}
        assert alice.get(f"{APPS}/hello").json()["access"] == "members"


class TestPut:
    def test_takes_what_get_answers(self, alice: Client) -> None:
        wanted = {"access": "chosen", "users": ["bob@example.org"], "groups": ["writers", "admins"]}

        answer = alice.ask("PUT", ACCESS, wanted)

        assert answer.json() == wanted
        assert alice.ask("PUT", ACCESS, alice.get(ACCESS).json()).json() == wanted

    def test_empties_the_lists_that_are_left_out(self, alice: Client) -> None:
        alice.ask("PUT", ACCESS, {"access": "chosen", "users": ["bob@example.org"], "groups": ["writers"]})

        answer = alice.ask("PUT", ACCESS, {"access": "chosen", "groups": ["users"]})

        assert answer.json() == {"access": "chosen", "users": [], "groups": ["users"]}

    @pytest.mark.parametrize(
        ("body", "message"),
        [
            ({}, "The field 'access' is missing or not a text."),
            ({"access": "friends"}, "There is no access 'friends'."),
            ({"access": "chosen", "people": []}, "There is no field 'people' here."),
            ({"access": "chosen", "users": "bob@example.org"}, "The field 'users' is not a list of texts."),
            ({"access": "chosen", "groups": [1]}, "The field 'groups' is not a list of texts."),
            ({"access": "chosen", "users": ["charlie@example.org"]}, "There is no person or group 'charlie@"),
            ({"access": "chosen", "users": ["writers"]}, "'writers' is a group, not a person."),
            ({"access": "chosen", "groups": ["bob@example.org"]}, "'bob@example.org' is a person, not a group."),
            ({"access": "chosen", "groups": ["nobody\0"]}, "There is no person or group"),
            ({"access": "chosen", "groups": ["users"] * 501}, "These are more than 500 people and groups."),
        ],
    )
    def test_refuses_what_it_cannot_mean(self, body: object, message: str, alice: Client) -> None:
        answer = alice.ask("PUT", ACCESS, body)

        assert is_error(answer, 400, "invalid")
        assert answer.json()["message"].startswith(message)
        assert App.objects.get().access == "members"


class TestPost:
    def test_makes_an_app_open_to_everyone(self, alice: Client) -> None:
        assert alice.ask("POST", APPS, {"name": "open", "access": "everyone"}).json()["access"] == "everyone"

    def test_refuses_an_access_that_is_none(self, alice: Client) -> None:
        answer = alice.ask("POST", APPS, {"name": "open", "access": ["everyone"]})

        assert is_error(answer, 400, "invalid")
