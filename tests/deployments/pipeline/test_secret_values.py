import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from deployments.failures import Failure, FailureKind
from deployments.models import App, SecretReference
from deployments.operations import deployments, env_vars
from deployments.pipeline import secret_values
from tests.world import World
from workspaces.models import AuditEvent, Membership, ScopeAcl, SecretScope
from workspaces.operations import secret_scopes, secrets

NOW = datetime(2026, 1, 1, tzinfo=UTC)
PASSWORD = SecretReference("prod", "db-password")


@pytest.fixture
def scope(world: World) -> SecretScope:
    scope = secret_scopes.create(world.alice, name="prod")
    secrets.put(world.alice, scope, key="db-password", value="correct hörse".encode(), now=NOW)
    return scope


@pytest.fixture
def app(world: World, scope: SecretScope) -> App:
    app = world.app()
    env_vars.change(world.alice, app, {"DB_PASSWORD": PASSWORD})
    return app


def failure_of(app: App, wanted: SecretReference = PASSWORD) -> Failure:
    with pytest.raises(Failure) as caught:
        secret_values.read(app, {"DB_PASSWORD": wanted})
    assert caught.value.kind is FailureKind.MISSING_SECRET
    assert caught.value.message.startswith("DB_PASSWORD cannot get its value")
    assert caught.value.hint
    return caught.value


class TestRead:
    def test_gives_the_values_and_audits_the_app(self, app: App) -> None:
        assert secret_values.read(app, {"DB_PASSWORD": PASSWORD}) == {"DB_PASSWORD": "correct hörse"}
        assert AuditEvent.objects.filter(verb="read", object_name="prod/db-password", actor=None).count() == 1

    def test_asks_no_more_for_more(
        self, app: App, world: World, scope: SecretScope, django_assert_num_queries: Any
    ) -> None:
        for key in "abcde":
            secrets.put(world.alice, scope, key=key, value=key.encode(), now=NOW)
        wanted = {key.upper(): SecretReference("prod", key) for key in "abcde"}

        for number in (1, 5):
            with django_assert_num_queries(8):  # Scope, grant, secrets and audit, in two savepoints.
                found = secret_values.read(app, dict(list(wanted.items())[:number]))
            assert found == {key.upper(): key for key in "abcde"[:number]}

    def test_outlives_whoever_set_it(self, app: App, world: World) -> None:
        Membership.objects.filter(user=world.alice.user).update(deactivated_at=NOW)

        assert secret_values.read(app, {"DB_PASSWORD": PASSWORD}) == {"DB_PASSWORD": "correct hörse"}

    def test_says_which_key_is_gone(self, app: App, world: World, scope: SecretScope) -> None:
        secrets.delete(world.alice, scope, key="db-password")

        assert "Scope 'prod' has no key 'db-password'" in failure_of(app).message

    def test_says_which_scope_is_gone(self, app: App, world: World, scope: SecretScope) -> None:
        secret_scopes.delete(world.alice, scope)

        assert "Scope prod does not exist" in failure_of(app).message

    def test_says_that_the_grant_is_gone(self, app: App) -> None:
        ScopeAcl.objects.filter(app_uuid=app.uuid).delete()

        assert "may not read scope 'prod'" in failure_of(app).message

    def test_audits_nothing_when_one_is_missing(self, app: App) -> None:
        before = AuditEvent.objects.count()

        with pytest.raises(Failure):
            secret_values.read(app, {"A": PASSWORD, "B": SecretReference("prod", "nope")})

        assert AuditEvent.objects.count() == before

    @pytest.mark.parametrize(
        ("value", "sentence"),
        [(b"\xff\xfe", "no text in UTF-8"), (b"a\0b", "holds a NUL"), (b"x" * (128 * 1024), "131,072 bytes")],
    )
    def test_refuses_what_no_variable_can_hold(
        self, app: App, world: World, scope: SecretScope, value: bytes, sentence: str
    ) -> None:
        secrets.put(world.alice, scope, key="odd", value=value, now=NOW)

        assert sentence in failure_of(app, SecretReference("prod", "odd")).message

    def test_tells_no_path_when_the_keys_are_gone(self, app: App, settings: Any, tmp_path: Path) -> None:
        settings.SECRET_KEYS_FILE = tmp_path / "nothing"

        assert os.fspath(tmp_path) not in (failure := failure_of(app)).message + failure.hint


class TestEntitle:
    def test_grants_what_the_deployer_can_read(self, world: World, scope: SecretScope) -> None:
        app = world.app("other")
        deployment = deployments.request(world.alice, app, bundle=world.bundle())

        secret_values.entitle(deployment, {"X": PASSWORD})

        assert ScopeAcl.objects.filter(scope=scope, app_uuid=app.uuid).exists()

    def test_refuses_what_the_deployer_cannot_read(self, world: World, scope: SecretScope) -> None:
        app = world.app("other", by=world.bob)
        deployment = deployments.request(world.bob, app, bundle=world.bundle())

        with pytest.raises(Failure, match="X refers to a secret of scope 'prod', which you may not read"):
            secret_values.entitle(deployment, {"X": PASSWORD})

        assert not ScopeAcl.objects.filter(app_uuid=app.uuid).exists()

    def test_refuses_when_the_deployer_has_left(self, world: World, scope: SecretScope) -> None:
        deployment = deployments.request(world.alice, world.app("other"), bundle=world.bundle())
        Membership.objects.filter(user=world.alice.user).update(deactivated_at=NOW)

        with pytest.raises(Failure, match="is no member any more"):
            secret_values.entitle(deployment, {"X": PASSWORD})
