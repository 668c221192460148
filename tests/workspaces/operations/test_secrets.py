import uuid
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.world import World
from workspaces.encryption import generate_key
from workspaces.errors import Conflict, Forbidden, Invalid, LimitExceeded, NotFound
from workspaces.models import AuditEvent, ScopePermission, Secret, SecretScope
from workspaces.operations import scope_acls, secret_scopes, secrets

NOW = datetime(2030, 1, 1, tzinfo=UTC)
READ, WRITE, MANAGE = ScopePermission


@pytest.fixture
def scope(world: World) -> SecretScope:
    """Alice made it; Bob has nothing on it."""
    return secret_scopes.create(world.alice, name="prod")


class TestPut:
    @pytest.mark.parametrize("value", [b"", b"value\n", b"\0\xff", b"x" * secrets.MAX_VALUE_BYTES], ids=len)
    def test_keeps_every_byte(self, world: World, scope: SecretScope, value: bytes) -> None:
        secrets.put(world.alice, scope, key="k", value=value, now=NOW)

        assert secrets.read(world.alice, scope, key="k") == value

    def test_stores_nothing_in_clear(self, world: World, scope: SecretScope) -> None:
        secret = secrets.put(world.alice, scope, key="k", value=b"correct horse", now=NOW)

        assert b"correct" not in bytes(Secret.objects.get(pk=secret.pk).sealed)
        assert "correct" not in str(list(AuditEvent.objects.values()))

    def test_replaces_an_existing_value(self, world: World, scope: SecretScope) -> None:
        secrets.put(world.alice, scope, key="k", value=b"old", now=NOW)
        scope_acls.put(world.alice, scope, grantee="users", permission=WRITE)

        secrets.put(world.bob, scope, key="k", value=b"new", now=NOW)

        secret = Secret.objects.get()
        assert (secrets.read(world.alice, scope, key="k"), secret.updated_by_name) == (b"new", "Bob")
        assert set(AuditEvent.objects.filter(object_type="secret").values_list("verb", flat=True)) == {
            "created",
            "replaced",
            "read",
        }

    def test_refuses_values_above_the_limit(self, world: World, scope: SecretScope) -> None:
        with pytest.raises(Invalid, match="131,073 bytes; a secret holds at most 131,072"):
            secrets.put(world.alice, scope, key="k", value=bytes(secrets.MAX_VALUE_BYTES + 1), now=NOW)

        assert not Secret.objects.exists()

    @pytest.mark.parametrize("key", ["", "a b", "a@b", "a/b", "é", "k" * 129, ".", "..", "k\n", "k\0"])
    def test_refuses_other_keys(self, world: World, scope: SecretScope, key: str) -> None:
        with pytest.raises(Invalid, match="cannot be the key"):
            secrets.put(world.alice, scope, key=key, value=b"v", now=NOW)

    def test_refuses_the_one_above_the_limit(self, world: World, scope: SecretScope) -> None:
        fill = [
            Secret(workspace=scope.workspace, scope=scope, key=f"k{n}", sealed=b"", updated_at=NOW)
            for n in range(secrets.MAX_SECRETS)
        ]
        Secret.objects.bulk_create(fill)

        with pytest.raises(LimitExceeded, match="holds 1000 secrets"):
            secrets.put(world.alice, scope, key="one-more", value=b"v", now=NOW)
        secrets.put(world.alice, scope, key="k0", value=b"v", now=NOW)

    def test_takes_write(self, world: World, scope: SecretScope) -> None:
        scope_acls.put(world.alice, scope, grantee="users", permission=READ)

        with pytest.raises(Forbidden, match="may not write secrets into scope 'prod': that takes WRITE"):
            secrets.put(world.bob, scope, key="k", value=b"v", now=NOW)

        assert not Secret.objects.exists()

    def test_fits_the_longest_names_into_the_audit(self, world: World) -> None:
        scope = secret_scopes.create(world.alice, name="s" * 128)

        secrets.put(world.alice, scope, key="k" * 128, value=b"v", now=NOW)

        assert AuditEvent.objects.get(object_type="secret").details == {"scope": "s" * 128, "key": "k" * 128}

    def test_finds_no_scope_that_was_deleted_meanwhile(self, world: World, scope: SecretScope) -> None:
        SecretScope.objects.all().delete()

        with pytest.raises(NotFound, match="no scope 'prod'"):
            secrets.put(world.alice, scope, key="k", value=b"v", now=NOW)


class TestRead:
    def test_is_audited(self, world: World, scope: SecretScope) -> None:
        secrets.put(world.alice, scope, key="k", value=b"v", now=NOW)

        secrets.read(world.alice, scope, key="k")

        event = AuditEvent.objects.get(verb="read")
        assert (event.actor, event.object_type, event.object_name) == (world.alice.user, "secret", "prod/k")

    def test_takes_read(self, world: World, scope: SecretScope) -> None:
        secrets.put(world.alice, scope, key="k", value=b"v", now=NOW)

        with pytest.raises(Forbidden, match="you have no permission on it"):
            secrets.read(world.bob, scope, key="k")

        assert not AuditEvent.objects.filter(verb="read").exists()

    def test_says_how_many_keys_there_are(self, world: World, scope: SecretScope) -> None:
        secrets.put(world.alice, scope, key="k", value=b"v", now=NOW)

        with pytest.raises(NotFound, match=r"has no key 'K'\. It holds 1 key."):
            secrets.read(world.alice, scope, key="K")

    def test_finds_nothing_of_another_workspace(self, world: World, scope: SecretScope) -> None:
        secrets.put(world.alice, scope, key="k", value=b"v", now=NOW)

        with pytest.raises(NotFound):
            secrets.read(world.charlie, scope, key="k")

    def test_says_so_when_the_key_is_lost(self, world: World, scope: SecretScope, tmp_path: Any, settings: Any) -> None:
        secrets.put(world.alice, scope, key="k", value=b"v", now=NOW)
        settings.SECRET_KEYS_FILE = tmp_path / "other.keys"
        settings.SECRET_KEYS_FILE.touch(mode=0o600)
        settings.SECRET_KEYS_FILE.write_text(generate_key())

        with pytest.raises(Conflict, match="cannot be opened with the platform's keys"):
            secrets.read(world.alice, scope, key="k")


class TestReadThoseThere:
    def test_gives_what_exists_and_audits_each(self, world: World, scope: SecretScope) -> None:
        for key in ("a", "b", "c"):
            secrets.put(world.alice, scope, key=key, value=key.encode(), now=NOW)

        found = secrets.read_those_there(world.alice, scope, keys=["a", "b", "B", "nope", "\0"])

        assert found == {"a": b"a", "b": b"b"}
        reads = AuditEvent.objects.filter(verb="read", actor=world.alice.user, object_type="secret")
        assert set(reads.values_list("object_name", "details__key")) == {("prod/a", "a"), ("prod/b", "b")}

    def test_takes_read(self, world: World, scope: SecretScope) -> None:
        secrets.put(world.alice, scope, key="k", value=b"v", now=NOW)

        with pytest.raises(Forbidden):
            secrets.read_those_there(world.bob, scope, keys=["k"])

        assert not AuditEvent.objects.filter(verb="read").exists()

    def test_asks_no_more_for_more(self, world: World, scope: SecretScope, django_assert_num_queries: Any) -> None:
        for key in "abcdef":
            secrets.put(world.alice, scope, key=key, value=b"v", now=NOW)

        for keys in ("a", "abcdef"):
            with django_assert_num_queries(4):  # The secrets and the rows of the audit, in a savepoint of two.
                assert len(secrets.read_those_there(world.alice, scope, keys=list(keys))) == len(keys)


class TestKeys:
    def test_lists_without_values(self, world: World, scope: SecretScope) -> None:
        for key in ("b", "a"):
            secrets.put(world.alice, scope, key=key, value=b"v", now=NOW)

        found = list(secrets.keys(world.alice, scope))

        assert [secret.key for secret in found] == ["a", "b"]
        assert found[0].get_deferred_fields() == {"sealed"}

    def test_takes_read(self, world: World, scope: SecretScope) -> None:
        with pytest.raises(Forbidden):
            secrets.keys(world.bob, scope)


class TestDelete:
    def test_takes_write(self, world: World, scope: SecretScope) -> None:
        secrets.put(world.alice, scope, key="k", value=b"v", now=NOW)
        scope_acls.put(world.alice, scope, grantee="bob@example.org", permission=READ)
        with pytest.raises(Forbidden):
            secrets.delete(world.bob, scope, key="k")
        scope_acls.put(world.alice, scope, grantee="bob@example.org", permission=WRITE)

        secrets.delete(world.bob, scope, key="k")

        assert not Secret.objects.exists()
        assert AuditEvent.objects.filter(verb="deleted", object_name="prod/k", actor=world.bob.user).exists()

    def test_finds_no_unknown_key(self, world: World, scope: SecretScope) -> None:
        with pytest.raises(NotFound, match="It holds 0 keys"):
            secrets.delete(world.alice, scope, key="k\0")


class TestReadForApp:
    def test_reads_by_the_grant_of_the_app_alone(self, world: World, scope: SecretScope) -> None:
        app = uuid.uuid4()
        secrets.put(world.alice, scope, key="k", value=b"v", now=NOW)
        with pytest.raises(Forbidden, match="The app may not read scope 'prod'"):
            secrets.read_for_app(app, scope.workspace, "prod", "k")

        scope_acls.grant_app(world.alice, scope, app_uuid=app)

        assert secrets.read_for_app(app, scope.workspace, "PROD", "k") == b"v"
        assert AuditEvent.objects.get(verb="read").details["app"] == str(app)

    @pytest.mark.parametrize(("name", "key"), [("prod", "other"), ("other", "k"), ("\0", "k")])
    def test_finds_nothing_unknown(self, world: World, scope: SecretScope, name: str, key: str) -> None:
        app = uuid.uuid4()
        scope_acls.grant_app(world.alice, scope, app_uuid=app)

        with pytest.raises(NotFound):
            secrets.read_for_app(app, scope.workspace, name, key)

    def test_finds_no_scope_of_another_workspace(self, world: World, scope: SecretScope) -> None:
        app = uuid.uuid4()
        scope_acls.grant_app(world.alice, scope, app_uuid=app)

        with pytest.raises(NotFound):
            secrets.read_for_app(app, world.charlie.workspace, "prod", "k")


class TestReadAllForApp:
    @pytest.fixture
    def app(self, world: World, scope: SecretScope) -> uuid.UUID:
        """May read the scope "prod", and not the scope "other", which has the same keys."""
        other = secret_scopes.create(world.alice, name="other")
        for key in ("a", "b"):
            secrets.put(world.alice, scope, key=key, value=key.encode(), now=NOW)
            secrets.put(world.alice, other, key=key, value=b"not this", now=NOW)
        app = uuid.uuid4()
        scope_acls.grant_app(world.alice, scope, app_uuid=app)
        return app

    def test_gives_each_by_its_place_and_audits_it(self, app: uuid.UUID, scope: SecretScope) -> None:
        places = {("prod", "a"), ("PROD", "b")}

        assert secrets.read_all_for_app(app, scope.workspace, places) == {("prod", "a"): b"a", ("PROD", "b"): b"b"}
        reads = AuditEvent.objects.filter(verb="read", actor=None, details__app=str(app))
        assert set(reads.values_list("object_name", flat=True)) == {"prod/a", "prod/b"}

    @pytest.mark.parametrize("place", [("prod", "c"), ("prod", "A"), ("nope", "a"), ("\0", "a"), ("prod", "\0")])
    def test_gives_none_where_one_is_missing(self, app: uuid.UUID, scope: SecretScope, place: tuple[str, str]) -> None:
        with pytest.raises(NotFound):
            secrets.read_all_for_app(app, scope.workspace, {("prod", "a"), place})

        assert not AuditEvent.objects.filter(verb="read").exists()

    def test_takes_a_grant_on_every_scope(self, app: uuid.UUID, scope: SecretScope) -> None:
        with pytest.raises(Forbidden, match="may not read scope 'other'"):
            secrets.read_all_for_app(app, scope.workspace, {("prod", "a"), ("other", "a")})

    def test_finds_no_scope_of_another_workspace(self, app: uuid.UUID, world: World) -> None:
        with pytest.raises(NotFound):
            secrets.read_all_for_app(app, world.charlie.workspace, {("prod", "a")})
