from datetime import UTC, datetime

import pytest

from deployments.models import App, Cause, Deployment, SecretReference
from deployments.operations import apps, deployments, env_vars, redeploys, serving
from deployments.operations.serving import Own
from tests.world import World
from workspaces.errors import Forbidden
from workspaces.models import ScopeAcl, SecretScope
from workspaces.operations import secret_scopes, secrets

NOW = datetime(2026, 1, 1, tzinfo=UTC)
COMMAND = ("python", "main.py")
GIVEN = Own(command=list(COMMAND), variables={"MODE": "trial"}, readiness_path="/ready")


@pytest.fixture
def app(world: World) -> App:
    app = apps.update(world.alice, world.app(), command=["python", "app.py"], start_timeout_s=20)
    env_vars.change(world.alice, app, {"MODE": "calm", "COLOUR": "blue"})
    return app


@pytest.fixture
def earlier(world: World, app: App) -> Deployment:
    return deployments.request(world.alice, app, bundle=world.bundle(), own=GIVEN, source_path="/Workspace/app")


@pytest.fixture
def scope(world: World) -> SecretScope:
    scope = secret_scopes.create(world.alice, name="prod")
    secrets.put(world.alice, scope, key="token", value=b"correct horse", now=NOW)
    return scope


class TestAgain:
    def test_carries_over_what_was_given_for_that_one_alone(self, world: World, app: App, earlier: Deployment) -> None:
        again = redeploys.again(world.bob, app, earlier)

        assert (again.bundle, again.cause, again.source_path) == (earlier.bundle, Cause.REDEPLOY, "/Workspace/app")
        assert again.settings["command"] == COMMAND
        assert again.settings["readiness_path"] == "/ready"
        assert again.settings["env"] == {"MODE": "trial", "COLOUR": "blue"}
        assert again.settings["own_from"] == earlier.number

    def test_takes_all_else_as_the_app_has_it_now(self, world: World, app: App, earlier: Deployment) -> None:
        apps.update(world.alice, app, command=["other"], readiness_path="/other", start_timeout_s=99)
        env_vars.change(world.alice, app, {"MODE": "other", "COLOUR": "red", "SIZE": "xl"})

        again = redeploys.again(world.bob, app, earlier)

        assert (again.settings["command"], again.settings["readiness_path"]) == (COMMAND, "/ready")
        assert again.settings["start_timeout_s"] == 99
        assert again.settings["env"] == {"MODE": "trial", "COLOUR": "red", "SIZE": "xl"}

    def test_goes_on_carrying(self, world: World, app: App, earlier: Deployment) -> None:
        second = redeploys.again(world.bob, app, earlier)
        third = redeploys.again(world.bob, app, second)

        assert (third.settings["command"], third.settings["given"]) == (COMMAND, ("MODE",))
        assert third.settings["own_from"] == second.number

    def test_leaves_it_out_when_told_so(self, world: World, app: App, earlier: Deployment) -> None:
        again = redeploys.again(world.bob, app, earlier, carrying=False)

        assert again.settings["command"] == ("python", "app.py")
        assert again.settings["env"] == {"MODE": "calm", "COLOUR": "blue"}
        assert (again.settings["own"], again.settings["given"], again.settings["own_from"]) == ((), (), None)

    def test_of_one_from_before_it_was_kept_apart_carries_nothing(
        self, world: World, app: App, earlier: Deployment
    ) -> None:
        for name in ("own", "given", "own_from"):
            del earlier.settings[name]
        earlier.save()

        again = redeploys.again(world.bob, app, earlier)

        assert again.settings["command"] == ("python", "app.py")
        assert serving.tell_own(again) == serving.tell_own(earlier) == ""

    def test_of_one_with_nothing_of_its_own_carries_nothing(self, world: World, app: App) -> None:
        plain = deployments.request(world.alice, app, bundle=world.bundle())

        assert redeploys.again(world.bob, app, plain).settings["own_from"] is None

    def test_needs_read_on_the_secrets_that_it_carries(self, world: World, app: App, scope: SecretScope) -> None:
        own = Own(variables={"TOKEN": SecretReference("prod", "token")})
        earlier = deployments.request(world.alice, app, bundle=world.bundle(), own=own)
        ScopeAcl.objects.filter(scope=scope, app_uuid=app.uuid).delete()

        said = "^TOKEN, carried over from deployment 1, refers to a secret of scope 'prod', which you may not read"
        with pytest.raises(Forbidden, match=said):
            redeploys.again(world.bob, app, earlier)

        assert app.deployments.count() == 1
        assert not ScopeAcl.objects.filter(scope=scope, app_uuid=app.uuid).exists()
        assert redeploys.again(world.bob, app, earlier, carrying=False).number == 2
        assert redeploys.again(world.alice, app, earlier).settings["secrets"] == {
            "TOKEN": {"scope": "prod", "key": "token"}
        }


class TestTellOwn:
    def test_says_who_gave_it(self, world: World, app: App, earlier: Deployment) -> None:
        again = redeploys.again(world.bob, app, earlier)

        own = "the command, the readiness path and the variable MODE"
        assert serving.tell_own(earlier) == f"Given for this deployment alone: {own}."
        assert serving.tell_own(again) == f"Not as the app has it, but carried over from deployment 1: {own}."

    def test_names_a_few_of_many_variables(self, world: World, app: App) -> None:
        own = Own(variables={f"V{number}": "1" for number in range(7)}, start_timeout_s=9)

        many = deployments.request(world.alice, app, bundle=world.bundle(), own=own)

        assert serving.own_of(many) == "the time it has to start and 7 variables (V0, V1, V2, V3, V4, …)"

    def test_says_nothing_of_what_the_app_has(self, world: World, app: App) -> None:
        assert serving.tell_own(deployments.request(world.alice, app, bundle=world.bundle())) == ""
