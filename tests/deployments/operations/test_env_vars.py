from datetime import UTC, datetime

import pytest

from deployments.models import App, Deployment, EnvVar, Lock, SecretReference, State
from deployments.operations import apps, deployments, env_vars
from tests.world import World
from workspaces.errors import Conflict, Forbidden, Invalid, LimitExceeded
from workspaces.models import AuditEvent, ScopeAcl, ScopePermission, SecretScope
from workspaces.operations import scope_acls, secret_scopes, secrets
from workspaces.principals import Principal

NOW = datetime(2026, 1, 1, tzinfo=UTC)
PASSWORD = SecretReference("prod", "db-password")


@pytest.fixture
def app(world: World) -> App:
    return world.app()


@pytest.fixture
def scope(world: World) -> SecretScope:
    """Alice's, who is an admin; Bob may not read it."""
    scope = secret_scopes.create(world.alice, name="prod")
    secrets.put(world.alice, scope, key="db-password", value=b"correct horse", now=NOW)
    return scope


def stored(principal: Principal, app: App) -> dict[str, object]:
    return {row.name: row.reference if row.is_secret else row.value for row in env_vars.of(principal, app)}


class TestReplace:
    def test_leaves_exactly_what_was_given(self, world: World, app: App, scope: SecretScope) -> None:
        env_vars.replace(world.alice, app, {"OLD": "1", "KEPT": "2"})

        env_vars.replace(world.alice, app, {"KEPT": "2", "DB_PASSWORD": PASSWORD, "EMPTY": ""})

        assert stored(world.alice, app) == {"KEPT": "2", "DB_PASSWORD": PASSWORD, "EMPTY": ""}

    def test_audits_names_and_no_values(self, world: World, app: App, scope: SecretScope) -> None:
        env_vars.replace(world.alice, app, {"COLOUR": "turquoise", "DB_PASSWORD": PASSWORD})

        event = AuditEvent.objects.get(object_type="app environment")
        assert event.details == {
            "set": ["COLOUR", "DB_PASSWORD"],
            "removed": [],
            "secrets": {"DB_PASSWORD": "prod/db-password"},
        }

    def test_leaves_no_trace_when_nothing_changes(self, world: World, app: App) -> None:
        env_vars.replace(world.alice, app, {"A": "1"})
        before = AuditEvent.objects.count()

        env_vars.replace(world.bob, app, {"A": "1"})

        assert AuditEvent.objects.count() == before
        assert EnvVar.objects.get().updated_by == world.alice.user

    @pytest.mark.parametrize(
        ("name", "sentence"),
        [
            ("PORT", "PORT is set by the platform"),
            ("DATABRICKS_APP_PORT", "is set by the platform"),
            ("SLIPWAY_APP_NAME", "is set by the platform"),
            ("1ST", "cannot be the name"),
            ("A-B", "cannot be the name"),
            ("", "cannot be the name"),
            ("A=B", "cannot be the name"),
            ("A\n", "cannot be the name"),
            ("A\0", "cannot be the name"),
            ("Ä", "cannot be the name"),
            ("A" * 201, "cannot be the name"),
        ],
    )
    def test_refuses_a_name(self, world: World, app: App, name: str, sentence: str) -> None:
        with pytest.raises(Invalid, match=sentence):
            env_vars.replace(world.alice, app, {"GOOD": "1", name: "x"})

        assert stored(world.alice, app) == {}

    def test_refuses_a_value_with_a_nul(self, world: World, app: App) -> None:
        with pytest.raises(Invalid, match="NUL"):
            env_vars.replace(world.alice, app, {"A": "a\0b"})

    def test_takes_a_value_up_to_the_limit(self, world: World, app: App) -> None:
        env_vars.replace(world.alice, app, {"A": "ä" * (16 * 1024)})

        with pytest.raises(Invalid, match="32,769 bytes"):
            env_vars.replace(world.alice, app, {"A": "ä" * (16 * 1024) + "x"})

    def test_refuses_more_than_a_hundred(self, world: World, app: App) -> None:
        env_vars.replace(world.alice, app, {f"A{number}": "" for number in range(100)})

        with pytest.raises(LimitExceeded, match="at most 100"):
            env_vars.change(world.alice, app, {"ONE_MORE": ""})

    def test_refuses_too_much_in_all(self, world: World, app: App) -> None:
        with pytest.raises(LimitExceeded, match="512 KiB"):
            env_vars.replace(world.alice, app, {f"A{number}": "x" * 32_000 for number in range(20)})

    def test_refuses_a_deleted_app(self, world: World, app: App) -> None:
        apps.delete(world.alice, app, now=NOW)

        with pytest.raises(Conflict, match="has been deleted"):
            env_vars.replace(world.alice, app, {"A": "1"})


class TestChange:
    def test_sets_some_and_removes_others(self, world: World, app: App) -> None:
        env_vars.replace(world.alice, app, {"A": "1", "B": "2", "C": "3"})

        env_vars.change(world.alice, app, {"A": "one", "B": None, "NEVER_THERE": None})

        assert stored(world.alice, app) == {"A": "one", "C": "3"}


class TestAReference:
    def test_gives_the_app_a_grant_of_its_own(self, world: World, app: App, scope: SecretScope) -> None:
        env_vars.change(world.alice, app, {"DB_PASSWORD": PASSWORD})

        assert ScopeAcl.objects.filter(scope=scope, app_uuid=app.uuid, permission="READ").count() == 1

    def test_needs_read(self, world: World, app: App, scope: SecretScope) -> None:
        with pytest.raises(Forbidden, match="DB_PASSWORD refers to a secret of scope 'prod', which you may not read"):
            env_vars.change(world.bob, app, {"DB_PASSWORD": PASSWORD})

        assert not ScopeAcl.objects.filter(app_uuid=app.uuid).exists()
        assert stored(world.bob, app) == {}

    def test_needs_read_for_another_key_of_a_scope_the_app_has(
        self, world: World, app: App, scope: SecretScope
    ) -> None:
        secrets.put(world.alice, scope, key="admin", value=b"root", now=NOW)
        env_vars.change(world.alice, app, {"DB_PASSWORD": PASSWORD})

        with pytest.raises(Forbidden):
            env_vars.change(world.bob, app, {"DB_PASSWORD": SecretReference("prod", "admin")})

    def test_lets_others_change_the_rest(self, world: World, app: App, scope: SecretScope) -> None:
        env_vars.change(world.alice, app, {"DB_PASSWORD": PASSWORD})

        env_vars.replace(world.bob, app, {"DB_PASSWORD": PASSWORD, "COLOUR": "blue"})

        assert stored(world.bob, app) == {"DB_PASSWORD": PASSWORD, "COLOUR": "blue"}

    @pytest.mark.parametrize(
        ("reference", "sentence"),
        [
            (SecretReference("nope", "x"), "X refers to the scope 'nope', which does not exist in this workspace"),
            (SecretReference("prod", "nope"), "X refers to the key 'nope', which scope 'prod' does not hold"),
            (SecretReference("prod", "DB-PASSWORD"), "X refers to the key 'DB-PASSWORD'"),
            (SecretReference("prod\0", "x"), "does not exist"),
            (SecretReference("prod", "x\0"), "does not hold"),
        ],
    )
    def test_must_lead_somewhere(
        self, world: World, app: App, scope: SecretScope, reference: SecretReference, sentence: str
    ) -> None:
        with pytest.raises(Invalid, match=sentence):
            env_vars.change(world.alice, app, {"X": reference})

    def test_never_leads_into_another_workspace(self, world: World, scope: SecretScope) -> None:
        app = world.app("theirs", by=world.charlie)

        with pytest.raises(Invalid, match="does not exist in this workspace"):
            env_vars.change(world.charlie, app, {"X": PASSWORD})

    def test_ends_the_grant_when_it_goes(self, world: World, app: App, scope: SecretScope) -> None:
        env_vars.change(world.alice, app, {"A": PASSWORD, "B": PASSWORD})

        env_vars.change(world.alice, app, {"A": None})
        with_one_left = ScopeAcl.objects.filter(app_uuid=app.uuid).count()
        env_vars.change(world.alice, app, {"B": None})

        assert (with_one_left, ScopeAcl.objects.filter(app_uuid=app.uuid).count()) == (1, 0)

    @pytest.mark.parametrize(("state", "stays"), [(State.ACTIVE, True), (State.BUILDING, True), (State.FAILED, False)])
    def test_keeps_the_grant_for_what_may_start_again(
        self, world: World, app: App, scope: SecretScope, state: State, stays: bool
    ) -> None:
        env_vars.change(world.alice, app, {"A": PASSWORD})
        deployment = deployments.request(world.alice, app, bundle=world.bundle())
        type(deployment).objects.filter(pk=deployment.pk).update(state=state)

        env_vars.change(world.alice, app, {"A": None})

        assert ScopeAcl.objects.filter(app_uuid=app.uuid).exists() is stays


class TestRequest:
    def test_copies_plain_values_and_references(self, world: World, app: App, scope: SecretScope) -> None:
        env_vars.replace(world.alice, app, {"COLOUR": "blue", "DB_PASSWORD": PASSWORD})

        deployment = deployments.request(world.alice, app, bundle=world.bundle())

        assert deployment.settings["env"] == {"COLOUR": "blue"}
        assert deployment.settings["secrets"] == {"DB_PASSWORD": {"scope": "prod", "key": "db-password"}}
        assert "correct horse" not in str(deployment.settings)

    def test_needs_read_although_the_app_has_it(self, world: World, app: App, scope: SecretScope) -> None:
        env_vars.change(world.alice, app, {"DB_PASSWORD": PASSWORD})

        with pytest.raises(Forbidden, match="DB_PASSWORD refers to a secret of scope 'prod'"):
            deployments.request(world.bob, app, bundle=world.bundle(by=world.bob))

        assert not app.deployments.exists()

    def test_lets_those_who_can_read(self, world: World, app: App, scope: SecretScope) -> None:
        env_vars.change(world.alice, app, {"DB_PASSWORD": PASSWORD})
        scope_acls.put(world.alice, scope, grantee="users", permission=ScopePermission.READ)

        assert deployments.request(world.bob, app, bundle=world.bundle()).state == State.QUEUED

    def test_refuses_what_vanished(self, world: World, app: App, scope: SecretScope) -> None:
        env_vars.change(world.alice, app, {"DB_PASSWORD": PASSWORD})
        secrets.delete(world.alice, scope, key="db-password")

        with pytest.raises(Invalid, match="DB_PASSWORD refers to the key 'db-password', which scope 'prod'"):
            deployments.request(world.alice, app, bundle=world.bundle())

    def test_gives_a_scope_made_anew_to_the_app(self, world: World, app: App, scope: SecretScope) -> None:
        env_vars.change(world.alice, app, {"DB_PASSWORD": PASSWORD})
        secret_scopes.delete(world.alice, scope)
        anew = secret_scopes.create(world.alice, name="PROD")
        secrets.put(world.alice, anew, key="db-password", value=b"new", now=NOW)

        deployments.request(world.alice, app, bundle=world.bundle())

        assert ScopeAcl.objects.filter(scope=anew, app_uuid=app.uuid).exists()


class TestActivate:
    def test_is_for_everybody_while_the_app_has_its_grant(self, world: World, app: App, scope: SecretScope) -> None:
        proven = _proven(world, app)

        assert deployments.activate(world.bob, app, proven).settings == proven.settings

    def test_needs_read_when_the_grant_is_gone(self, world: World, app: App, scope: SecretScope) -> None:
        proven = _proven(world, app)
        env_vars.change(world.alice, app, {"DB_PASSWORD": None})

        with pytest.raises(Forbidden, match="DB_PASSWORD refers to"):
            deployments.activate(world.bob, app, proven)
        deployments.activate(world.alice, app, proven)

        assert ScopeAcl.objects.filter(scope=scope, app_uuid=app.uuid).exists()


def _proven(world: World, app: App) -> Deployment:
    env_vars.change(world.alice, app, {"DB_PASSWORD": PASSWORD})
    deployment = deployments.request(world.alice, app, bundle=world.bundle())
    deployment.lock = Lock.objects.create(workspace=world.alice.workspace, request_key="k", content={})
    deployment.launch = {"argv": ["python"], "secrets": deployment.settings["secrets"]}
    deployment.save()
    for state in (State.BUILDING, State.STARTING, State.ACTIVE, State.DRAINING, State.RETIRED):
        assert deployment.move(state)
    return deployment
