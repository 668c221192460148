import pytest

from tests.world import World
from workspaces.errors import Conflict, Forbidden, Invalid, NotFound
from workspaces.models import AuditEvent, Group, Membership, ScopePermission
from workspaces.operations import groups, scope_acls, secret_scopes

A_UUID = "0c8f5f0e-7f4c-4a52-9d8e-3f8f4b1d2a67"


class TestCreate:
    def test_is_for_admins(self, world: World) -> None:
        with pytest.raises(Forbidden, match="may not change groups"):
            groups.create(world.bob, name="team")

        assert not Group.objects.exists()

    def test_is_audited(self, world: World) -> None:
        groups.create(world.alice, name=" Data team ")

        assert AuditEvent.objects.filter(verb="created", object_type="group", object_name="Data team").exists()

    @pytest.mark.parametrize("name", ["", " ", "a@b", "a/b", "..", "a\n", "a\0", "x" * 129, A_UUID])
    def test_refuses_names_that_could_be_something_else(self, world: World, name: str) -> None:
        with pytest.raises(Invalid, match="cannot be the name of a group"):
            groups.create(world.alice, name=f"{name}x" if name == "a\n" else name)

    @pytest.mark.parametrize("name", ["admins", "Users", "TEAM"])
    def test_refuses_names_that_are_taken(self, world: World, name: str) -> None:
        groups.create(world.alice, name="team")

        with pytest.raises(Conflict, match="already"):
            groups.create(world.alice, name=name)

    def test_lets_workspaces_have_the_same_names(self, world: World) -> None:
        assert groups.create(world.alice, name="team") != groups.create(world.charlie, name="team")


class TestAddMember:
    def test_takes_members_of_the_workspace_only(self, world: World) -> None:
        group = groups.create(world.alice, name="team")

        with pytest.raises(NotFound, match="not a member of the workspace"):
            groups.add_member(world.alice, group, world.charlie.user)
        for _ in range(2):
            groups.add_member(world.alice, group, world.bob.user)

        assert list(group.members.all()) == [world.bob.user]
        assert AuditEvent.objects.filter(verb="added to").count() == 1

    def test_finds_no_group_of_another_workspace(self, world: World) -> None:
        group = groups.create(world.alice, name="team")

        with pytest.raises(NotFound):
            groups.add_member(world.charlie, group, world.charlie.user)

    def test_is_for_admins(self, world: World) -> None:
        group = groups.create(world.alice, name="team")

        with pytest.raises(Forbidden):
            groups.add_member(world.bob, group, world.bob.user)


class TestRemoveMember:
    def test_removes_also_who_has_left(self, world: World) -> None:
        group = groups.create(world.alice, name="team")
        groups.add_member(world.alice, group, world.bob.user)
        Membership.objects.filter(user=world.bob.user).delete()

        for _ in range(2):
            groups.remove_member(world.alice, group, world.bob.user)

        assert not group.members.exists()
        assert AuditEvent.objects.filter(verb="removed from").count() == 1


class TestDelete:
    def test_ends_what_was_granted_to_it(self, world: World) -> None:
        group = groups.create(world.alice, name="team")
        scope = secret_scopes.create(world.alice, name="prod")
        scope_acls.put(world.alice, scope, grantee="team", permission=ScopePermission.MANAGE)

        groups.delete(world.alice, group)

        assert [grant.grantee for grant in scope_acls.all(world.alice, scope)] == ["alice@example.org"]
        assert not Group.objects.exists()

    def test_refuses_the_last_manager_of_a_scope(self, world: World) -> None:
        group = groups.create(world.alice, name="team")
        scope = secret_scopes.create(world.alice, name="prod")
        scope_acls.put(world.alice, scope, grantee="team", permission=ScopePermission.MANAGE)
        scope_acls.delete(world.alice, scope, grantee="alice@example.org")

        with pytest.raises(Conflict, match="last MANAGE on scope 'prod'"):
            groups.delete(world.alice, group)

        assert Group.objects.exists()

    def test_is_for_admins(self, world: World) -> None:
        group = groups.create(world.alice, name="team")

        with pytest.raises(Forbidden):
            groups.delete(world.bob, group)
