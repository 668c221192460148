"""What the proxy is told about programs at /content/{guid}/, and what they are told when nothing runs."""

from uuid import uuid4

import pytest
from django.test import Client

from deployments.models import App, Deployment, State
from deployments.operations import access, deployments
from tests.world import World
from workspaces.principals import Principal


@pytest.fixture
def app(world: World) -> App:
    return world.app("hello")


def ask(world: World, address: str, by: Principal | None, method: str = "GET", **headers: str) -> object:
    shown = {"Authorization": f"Key {world.token(by)}"} if by else {}
    return Client(enforce_csrf_checks=True).generic(method, address, headers={**shown, **headers})


class TestQuestion:
    ASKED = {"X-Slipway-Question": "1"}

    @pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
    def test_is_answered_with_who_it_is(self, world: World, app: App, method: str) -> None:
        answer = ask(world, f"/content/{app.uuid}/a/b", world.bob, method, **self.ASKED)

        assert (answer.status_code, answer["X-Forwarded-Email"]) == (200, "bob@example.org")

    def test_lets_no_stranger_pass(self, world: World, app: App) -> None:
        assert ask(world, f"/content/{app.uuid}/", world.charlie, **self.ASKED).status_code == 404
        assert ask(world, f"/content/{uuid4()}/", world.alice, **self.ASKED).status_code == 404

    def test_lets_nobody_pass_who_was_not_chosen(self, world: World, app: App) -> None:
        access.put(world.alice, app, access="chosen")

        assert ask(world, f"/content/{app.uuid}/", world.bob, **self.ASKED).status_code == 404
        assert ask(world, f"/content/{app.uuid}/", world.alice, **self.ASKED).status_code == 200

    def test_lets_no_bad_token_pass(self, world: World, app: App) -> None:
        answer = Client().get(f"/content/{app.uuid}/", headers={"Authorization": "Key slw_bad", **self.ASKED})

        assert (answer.status_code, answer.json()["code"]) == (401, 30)

    def test_lets_strangers_see_no_draft_of_an_app_that_is_open(self, world: World) -> None:
        app = world.app("open", access="everyone")
        draft = deployments.request(world.alice, app, bundle=world.bundle(), draft=True)
        Deployment.objects.filter(pk=draft.pk).update(state=State.READY)
        address = f"/content/{app.uuid}/_bundle{draft.bundle.pk}/"

        assert ask(world, address, world.charlie, **self.ASKED).status_code == 404
        assert ask(world, address, world.bob, **self.ASKED).status_code == 200
        assert ask(world, f"/content/{app.uuid}/", world.charlie, **self.ASKED).status_code == 200


class TestWithoutAnApp:
    def test_says_that_nothing_answers(self, world: World, app: App) -> None:
        answer = ask(world, f"/content/{app.uuid}/", world.alice)

        assert answer.status_code == 503
        assert answer.json()["error"].startswith("The app 'hello' does not run")


class TestBrowsers:
    def test_are_sent_to_the_apps_own_origin(self, world: World, app: App) -> None:
        answer = ask(world, f"/content/{app.uuid}/docs/a b", None, Accept="text/html")

        assert (answer.status_code, answer["Location"]) == (302, f"{app.url}/docs/a%20b")

    @pytest.mark.parametrize("path", ["/evil.example", "//evil.example/", "@evil.example"])
    def test_are_sent_nowhere_else(self, world: World, app: App, path: str) -> None:
        answer = ask(world, f"/content/{app.uuid}/{path}", None)

        assert answer["Location"].startswith(f"{app.url}/")

    def test_hear_of_nothing_that_is_not_there(self, world: World) -> None:
        assert ask(world, f"/content/{uuid4()}/", None).status_code == 404
