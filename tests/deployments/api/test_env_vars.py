from datetime import UTC, datetime

import pytest

from deployments.models import EnvVar
from tests.deployments.api.clients import APPS, Client, is_error
from tests.world import World
from workspaces.operations import secret_scopes, secrets

ENV = f"{APPS}/hello/env"
NOW = datetime(2026, 1, 1, tzinfo=UTC)
PLAIN = {"name": "COLOUR", "value": "blue"}
SECRET = {"name": "DB_PASSWORD", "secret": {"scope": "prod", "key": "db-password"}}


@pytest.fixture(autouse=True)
def hello(world: World) -> None:
    world.app("hello")
    scope = secret_scopes.create(world.alice, name="prod")
    secrets.put(world.alice, scope, key="db-password", value=b"correct horse", now=NOW)


class TestPut:
    def test_takes_what_get_answers(self, alice: Client) -> None:
        answer = alice.ask("PUT", ENV, {"env": [PLAIN, SECRET]})

        assert answer.json() == {"env": [PLAIN, SECRET], "needs_redeploy": False}
        assert alice.get(ENV).json() == answer.json()
        assert alice.ask("PUT", ENV, {"env": alice.get(ENV).json()["env"]}).json() == answer.json()

    def test_removes_the_others(self, alice: Client) -> None:
        alice.ask("PUT", ENV, {"env": [PLAIN, SECRET]})

        assert alice.ask("PUT", ENV, {"env": []}).json()["env"] == []

    @pytest.mark.parametrize(
        ("body", "message"),
        [
            ({}, "The field 'env' is missing or not a list."),
            ({"env": {}}, "The field 'env' is missing or not a list."),
            ({"env": [], "x": 1}, "There is no field 'x' here."),
            ({"env": ["A=1"]}, "An entry of 'env' is not an object."),
            ({"env": [{"value": "1"}]}, "The field 'name' is missing or not a text."),
            ({"env": [{"name": "A"}]}, "'A' has neither 'value' nor 'secret'."),
            ({"env": [{**SECRET, "value": "1"}]}, "'DB_PASSWORD' has both 'value' and 'secret'."),
            ({"env": [{"name": "A", "value": 1}]}, "The value of 'A' is not a text."),
            ({"env": [{"name": "A", "value": None}]}, "A value is null."),
            ({"env": [{"name": "A", "secret": "prod/x"}]}, "The secret of 'A' is not an object."),
            ({"env": [{"name": "A", "secret": {"scope": "prod"}}]}, "The field 'key' is missing or not a text."),
            ({"env": [{"name": "A", "secret": {"scope": "", "key": "x"}}]}, "The secret of 'A' has an empty"),
            ({"env": [PLAIN, PLAIN]}, "'COLOUR' is there twice."),
            ({"env": [{"name": "PORT", "value": "1"}]}, "PORT is set by the platform."),
            ({"env": [{"name": "A", "secret": {"scope": "nope", "key": "x"}}]}, "A refers to the scope 'nope'"),
        ],
    )
    def test_refuses_with_a_sentence(self, alice: Client, body: object, message: str) -> None:
        answer = alice.ask("PUT", ENV, body)

        assert is_error(answer, 400, "invalid")
        assert answer.json()["message"].startswith(message)
        assert not EnvVar.objects.exists()

    def test_refuses_a_secret_that_one_cannot_read(self, world: World) -> None:
        bob = Client(world.token(world.bob))

        assert is_error(bob.ask("PUT", ENV, {"env": [SECRET]}), 403, "forbidden")


class TestPatch:
    def test_merges_and_removes_what_is_null(self, alice: Client) -> None:
        alice.ask("PUT", ENV, {"env": [PLAIN, SECRET]})

        answer = alice.patch(ENV, {"env": [{"name": "COLOUR", "value": None}, {"name": "SIZE", "value": ""}]})

        assert answer.json()["env"] == [SECRET, {"name": "SIZE", "value": ""}]


class TestDeploy:
    def test_says_who_may_not(self, alice: Client, world: World) -> None:
        alice.ask("PUT", ENV, {"env": [SECRET]})
        bundle = world.bundle()

        answer = Client(world.token(world.bob)).post(f"{APPS}/hello/deployments", {"bundle": bundle.digest})

        assert is_error(answer, 403, "forbidden")
        assert "DB_PASSWORD refers to a secret of scope 'prod'" in answer.json()["message"]
