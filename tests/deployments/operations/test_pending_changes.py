"""What an app has that its instances do not run with yet."""

from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from deployments.models import App, Instance, InstanceState, SecretReference
from deployments.operations import env_vars, pending_changes
from deployments.operations.pending_changes import Pending
from tests.deployments.locked import deployed
from tests.world import World
from workspaces.models import SecretScope
from workspaces.operations import secret_scopes, secrets
from workspaces.principals import Principal

PASSWORD = SecretReference("Prod", "db-password")


def scope_of(principal: Principal) -> SecretScope:
    scope = secret_scopes.create(principal, name="prod")
    write(principal, scope, hours=-2)
    return scope


def write(principal: Principal, scope: SecretScope, *, hours: int, key: str = "db-password") -> None:
    secrets.put(principal, scope, key=key, value=b"correct horse", now=timezone.now() + timedelta(hours=hours))


@pytest.fixture
def scope(world: World) -> SecretScope:
    return scope_of(world.alice)


def serving(world: World, name: str = "hello", by: Principal | None = None) -> App:
    """With a plain variable and a secret one, and one instance that was started an hour ago."""
    app = world.app(name, by)
    env_vars.replace(by or world.alice, app, {"A": "1", "DB_PASSWORD": PASSWORD})
    start(deployed(world, app, by=by))
    return App.objects.with_state().get(pk=app.pk)


def start(deployment, *, hours: int = -1, state: InstanceState = InstanceState.HEALTHY) -> Instance:
    instance = Instance.objects.create(workspace=deployment.workspace, deployment=deployment, state=state)
    Instance.objects.filter(pk=instance.pk).update(created_at=timezone.now() + timedelta(hours=hours))
    return instance


class TestVariables:
    def test_are_compared_with_the_active_deployment(self, world: World, scope: SecretScope) -> None:
        before_any = pending_changes.of(world.app("empty"))
        app = serving(world)
        same = pending_changes.of(app)
        env_vars.change(world.alice, app, {"A": "2"})

        assert (before_any, same, pending_changes.of(app)) == (Pending(), Pending(), Pending(variables=True))


class TestSecrets:
    def test_that_were_written_since_the_start_are_named_by_their_variables(
        self, world: World, scope: SecretScope
    ) -> None:
        app = serving(world)
        write(world.alice, scope, hours=0, key="another")
        assert pending_changes.of(app) == Pending()

        write(world.alice, scope, hours=0)

        assert pending_changes.of(app) == Pending(secrets=("DB_PASSWORD",))

    def test_of_the_source_count_as_well(self, world: World, scope: SecretScope) -> None:
        app = serving(world)
        app.active_deployment.launch = {"argv": [], "secrets": {"TOKEN": {"scope": "prod", "key": "token"}}}
        app.active_deployment.save()
        write(world.alice, scope, hours=0, key="token")

        assert pending_changes.of(app) == Pending(secrets=("TOKEN",))

    def test_are_taken_up_by_a_start(self, world: World, scope: SecretScope) -> None:
        app = serving(world)
        write(world.alice, scope, hours=0)
        start(app.active_deployment, hours=1)
        # One of two instances still has the old value.
        assert pending_changes.of(app)

        app.active_deployment.instances.filter(created_at__lt=timezone.now()).update(state=InstanceState.STOPPED)
        assert not pending_changes.of(app)

        app.active_deployment.instances.update(state=InstanceState.STOPPED)
        assert not pending_changes.of(app)

    def test_are_no_other_workspaces(self, world: World, scope: SecretScope) -> None:
        theirs = scope_of(world.charlie)
        app = serving(world)
        write(world.charlie, theirs, hours=0)

        assert not pending_changes.of(app)


def test_asks_as_often_for_many_apps_as_for_one(
    world: World, scope: SecretScope, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(5):
        serving(world, f"app-{number}")
    write(world.alice, scope, hours=0)
    apps = list(App.objects.with_state())

    with django_assert_num_queries(3):
        found = pending_changes.of_each(apps)

    assert set(found.values()) == {Pending(secrets=("DB_PASSWORD",))}
