import uuid
from typing import Any

import pytest

from tests.world import World
from workspaces.errors import Conflict, Forbidden, Invalid, NotFound
from workspaces.models import AuditEvent, Membership, ScopeAcl, ScopePermission, SecretScope
from workspaces.operations import groups, scope_acls, secret_scopes
from workspaces.operations.scope_acls import Grant

READ, WRITE, MANAGE = ScopePermission


@pytest.fixture
def scope(world: World) -> SecretScope:
    """Alice made it; Bob has nothing on it."""
    return secret_scopes.create(world.alice, name="prod")


class TestPut:
    @pytest.mark.parametrize("grantee", ["bob@example.org", " BOB@example.org", "users"])
    def test_lets_somebody_in(self, world: World, scope: SecretScope, grantee: str) -> None:
        scope_acls.put(world.alice, scope, grantee=grantee, permission=WRITE)

        assert scope_acls.effective(world.bob, scope) == WRITE

    def test_replaces_what_was_granted(self, world: World, scope: SecretScope) -> None:
        for permission in (MANAGE, READ):
            scope_acls.put(world.alice, scope, grantee="bob@example.org", permission=permission)

        assert scope_acls.get(world.alice, scope, grantee="bob@example.org") == Grant("bob@example.org", READ)
        assert ScopeAcl.objects.filter(scope=scope).count() == 2

    @pytest.mark.parametrize("grantee", ["charlie@example.org", "nobody@example.org", "nobody", "", "a\0b", "x" * 999])
    def test_knows_nobody_outside_the_workspace(self, world: World, scope: SecretScope, grantee: str) -> None:
        groups.create(world.charlie, name="nobody")

        with pytest.raises(Invalid, match="no person or group"):
            scope_acls.put(world.alice, scope, grantee=grantee, permission=READ)

        assert ScopeAcl.objects.filter(scope=scope).count() == 1

    def test_knows_nobody_who_has_left(self, world: World, scope: SecretScope) -> None:
        from django.utils import timezone

        Membership.objects.filter(user=world.bob.user).update(deactivated_at=timezone.now())

        with pytest.raises(Invalid, match="no person or group"):
            scope_acls.put(world.alice, scope, grantee="bob@example.org", permission=READ)

    def test_takes_manage(self, world: World, scope: SecretScope) -> None:
        scope_acls.put(world.alice, scope, grantee="users", permission=WRITE)

        with pytest.raises(Forbidden, match="takes MANAGE"):
            scope_acls.put(world.bob, scope, grantee="bob@example.org", permission=MANAGE)

        assert scope_acls.effective(world.bob, scope) == WRITE

    def test_keeps_the_last_manager_from_stepping_down(self, world: World, scope: SecretScope) -> None:
        with pytest.raises(Conflict, match="last MANAGE"):
            scope_acls.put(world.alice, scope, grantee="alice@example.org", permission=READ)

        assert scope_acls.get(world.alice, scope, grantee="alice@example.org").permission == MANAGE

    def test_lets_an_app_have_nothing_but_what_its_deployer_gave(self, world: World, scope: SecretScope) -> None:
        app = uuid.uuid4()

        with pytest.raises(Invalid, match="no person or group"):
            scope_acls.put(world.alice, scope, grantee=str(app), permission=READ)
        scope_acls.grant_app(world.alice, scope, app_uuid=app)
        with pytest.raises(Invalid, match="only have READ"):
            scope_acls.put(world.alice, scope, grantee=str(app), permission=MANAGE)

    def test_is_audited(self, world: World, scope: SecretScope) -> None:
        scope_acls.put(world.alice, scope, grantee="users", permission=READ)

        event = AuditEvent.objects.get(verb="granted")
        assert (event.object_name, event.details) == ("prod", {"grantee": "users", "permission": "READ"})


class TestDelete:
    def test_ends_a_grant(self, world: World, scope: SecretScope) -> None:
        scope_acls.put(world.alice, scope, grantee="users", permission=READ)

        scope_acls.delete(world.alice, scope, grantee="users")

        assert scope_acls.effective(world.bob, scope) is None
        assert AuditEvent.objects.filter(verb="revoked", object_name="prod").exists()

    def test_ends_the_grant_of_somebody_who_left(self, world: World, scope: SecretScope) -> None:
        scope_acls.put(world.alice, scope, grantee="bob@example.org", permission=READ)
        Membership.objects.filter(user=world.bob.user).delete()

        scope_acls.delete(world.alice, scope, grantee="bob@example.org")

        assert ScopeAcl.objects.filter(scope=scope).count() == 1

    def test_refuses_the_last_manage_even_of_an_admin(self, world: World, scope: SecretScope) -> None:
        with pytest.raises(Conflict, match="last MANAGE"):
            scope_acls.delete(world.alice, scope, grantee="alice@example.org")

        scope_acls.put(world.alice, scope, grantee="admins", permission=MANAGE)
        scope_acls.delete(world.alice, scope, grantee="alice@example.org")
        assert scope_acls.all(world.alice, scope) == [Grant("admins", MANAGE)]

    @pytest.mark.parametrize("grantee", ["users", "bob@example.org", "nobody", "a\0b"])
    def test_finds_no_grant_that_was_not_given(self, world: World, scope: SecretScope, grantee: str) -> None:
        with pytest.raises(NotFound, match="given nothing"):
            scope_acls.delete(world.alice, scope, grantee=grantee)

    def test_ends_the_grant_of_an_app(self, world: World, scope: SecretScope) -> None:
        app = uuid.uuid4()
        scope_acls.grant_app(world.alice, scope, app_uuid=app)

        scope_acls.delete(world.alice, scope, grantee=str(app))

        assert not ScopeAcl.objects.filter(app_uuid=app).exists()


class TestEffective:
    def test_is_manage_for_admins_whatever_the_list_says(self, world: World) -> None:
        assert scope_acls.effective(world.alice, secret_scopes.create(world.bob, name="bobs")) == MANAGE

    def test_is_the_most_of_person_and_groups(self, world: World, scope: SecretScope) -> None:
        group = groups.create(world.alice, name="Data team")
        groups.add_member(world.alice, group, world.bob.user)
        for grantee, permission in (("users", READ), ("Data team", WRITE), ("bob@example.org", READ)):
            scope_acls.put(world.alice, scope, grantee=grantee, permission=permission)

        assert scope_acls.effective(world.bob, scope) == WRITE

    def test_gives_members_nothing_that_is_for_admins(self, world: World, scope: SecretScope) -> None:
        scope_acls.put(world.alice, scope, grantee="admins", permission=READ)

        assert scope_acls.effective(world.bob, scope) is None

    def test_is_nothing_for_an_admin_of_another_workspace(self, world: World, scope: SecretScope) -> None:
        assert scope_acls.effective(world.charlie, scope) is None

    def test_takes_one_query_for_any_number(self, world: World, django_assert_num_queries: Any) -> None:
        scopes = [secret_scopes.create(world.bob, name=f"s{number}") for number in range(30)]

        with django_assert_num_queries(1):
            assert set(scope_acls.effective_on(world.bob, scopes).values()) == {MANAGE}


class TestAll:
    def test_takes_manage(self, world: World, scope: SecretScope) -> None:
        scope_acls.put(world.alice, scope, grantee="users", permission=WRITE)

        with pytest.raises(Forbidden):
            scope_acls.all(world.bob, scope)
        with pytest.raises(Forbidden):
            scope_acls.get(world.bob, scope, grantee="users")

    def test_finds_nothing_of_another_workspace(self, world: World, scope: SecretScope) -> None:
        for ask in (scope_acls.all, secret_scopes.delete):
            with pytest.raises(NotFound):
                ask(world.charlie, scope)


class TestGrantApp:
    def test_gives_read_to_what_its_deployer_can_read(self, world: World, scope: SecretScope) -> None:
        app = uuid.uuid4()
        with pytest.raises(Forbidden, match="may not read"):
            scope_acls.grant_app(world.bob, scope, app_uuid=app)
        scope_acls.put(world.alice, scope, grantee="users", permission=READ)

        for _ in range(2):
            scope_acls.grant_app(world.bob, scope, app_uuid=app)

        assert Grant(str(app), READ) in scope_acls.all(world.alice, scope)
        assert AuditEvent.objects.filter(verb="granted", details__grantee=str(app)).count() == 1

    def test_ends_with_revoke_app(self, world: World, scope: SecretScope) -> None:
        app = uuid.uuid4()
        scope_acls.grant_app(world.alice, scope, app_uuid=app)

        for _ in range(2):
            scope_acls.revoke_app(scope, app)

        assert len(scope_acls.all(world.alice, scope)) == 1
        assert AuditEvent.objects.filter(verb="revoked", actor=None).count() == 1
