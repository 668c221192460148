import pytest

from tests.world import World
from workspaces.errors import Conflict, Forbidden, Invalid, LimitExceeded, NotFound
from workspaces.models import AuditEvent, ScopePermission, SecretScope
from workspaces.operations import scope_acls, secret_scopes
from workspaces.operations.scope_acls import Grant


class TestCreate:
    def test_lets_its_creator_manage_it(self, world: World) -> None:
        scope = secret_scopes.create(world.bob, name="prod")

        assert scope_acls.all(world.bob, scope) == [Grant("bob@example.org", ScopePermission.MANAGE)]
        assert AuditEvent.objects.filter(verb="created", object_type="secret scope", object_name="prod").exists()

    def test_lets_everybody_manage_it_when_asked(self, world: World) -> None:
        scope = secret_scopes.create(world.alice, name="prod", initial_manage_principal="users")

        assert scope_acls.all(world.bob, scope) == [Grant("users", ScopePermission.MANAGE)]

    def test_knows_no_other_first_manager(self, world: World) -> None:
        with pytest.raises(Invalid, match="only be 'users'"):
            secret_scopes.create(world.alice, name="prod", initial_manage_principal="bob@example.org")

    @pytest.mark.parametrize("name", ["a" * 128, "a@b.c", "_", "...", "9-x"])
    def test_takes_names_of_the_documented_letters(self, world: World, name: str) -> None:
        assert secret_scopes.create(world.alice, name=name).name == name

    @pytest.mark.parametrize("name", ["", " ", "a b", "a/b", "é", "a" * 129, ".", "..", "a\n", "a\0"])
    def test_refuses_other_names(self, world: World, name: str) -> None:
        with pytest.raises(Invalid, match="cannot be the name of a scope"):
            secret_scopes.create(world.alice, name=name)

        assert not SecretScope.objects.exists()

    def test_refuses_a_name_that_differs_in_case_only(self, world: World) -> None:
        secret_scopes.create(world.alice, name="Prod")

        with pytest.raises(Conflict, match="Scope prOD already exists"):
            secret_scopes.create(world.bob, name="prOD")

    def test_lets_workspaces_have_the_same_names(self, world: World) -> None:
        ours = secret_scopes.create(world.alice, name="prod")
        theirs = secret_scopes.create(world.charlie, name="prod")

        assert secret_scopes.find(world.alice, "prod") == ours != theirs

    def test_refuses_the_one_above_the_limit(self, world: World) -> None:
        fill = [
            SecretScope(workspace=world.alice.workspace, name=f"s{n}", created_by_name="x")
            for n in range(secret_scopes.MAX_SCOPES)
        ]
        SecretScope.objects.bulk_create(fill)

        with pytest.raises(LimitExceeded, match="at most 1000 scopes"):
            secret_scopes.create(world.alice, name="one-more")
        assert secret_scopes.create(world.charlie, name="elsewhere")


class TestFind:
    def test_does_not_mind_case(self, world: World) -> None:
        scope = secret_scopes.create(world.alice, name="Prod")

        assert secret_scopes.find(world.bob, "pROD") == scope

    @pytest.mark.parametrize("name", ["prod", "PROD", "", "a\0b", "p%", "é" * 300])
    def test_hides_it_from_a_stranger(self, world: World, name: str) -> None:
        secret_scopes.create(world.alice, name="prod")

        with pytest.raises(NotFound, match="does not exist"):
            secret_scopes.find(world.charlie, name)


class TestDelete:
    def test_ends_secrets_and_grants(self, world: World) -> None:
        scope = secret_scopes.create(world.bob, name="prod")

        secret_scopes.delete(world.bob, scope)

        assert not SecretScope.objects.exists()
        assert AuditEvent.objects.filter(verb="deleted", object_name="prod", actor=world.bob.user).exists()

    def test_takes_manage(self, world: World) -> None:
        scope = secret_scopes.create(world.alice, name="prod")
        scope_acls.put(world.alice, scope, grantee="users", permission=ScopePermission.WRITE)

        with pytest.raises(Forbidden, match="takes MANAGE, and you have WRITE"):
            secret_scopes.delete(world.bob, scope)

    def test_may_be_asked_by_any_admin(self, world: World) -> None:
        secret_scopes.delete(world.alice, secret_scopes.create(world.bob, name="prod"))

        assert not SecretScope.objects.exists()

    def test_finds_nothing_of_another_workspace(self, world: World) -> None:
        scope = secret_scopes.create(world.alice, name="prod")

        with pytest.raises(NotFound):
            secret_scopes.delete(world.charlie, scope)

        assert SecretScope.objects.exists()
