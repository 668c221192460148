import pytest
from django.utils import timezone

from deployments.models import App
from deployments.operations import access, apps
from tests.world import World
from workspaces.errors import NotFound
from workspaces.models import AuditEvent, Membership
from workspaces.operations import groups, memberships


class TestPut:
    def test_begins_a_new_epoch_and_leaves_a_line_of_audit(self, world: World) -> None:
        app = world.app("hello")

        access.put(world.bob, app, access="chosen", users=["alice@example.org"], groups=["users"])

        app.refresh_from_db()
        assert (app.access, app.access_epoch) == ("chosen", 2)
        row = AuditEvent.objects.get(verb="changed access to")
        assert row.details == {"access": "chosen", "users": ["alice@example.org"], "groups": ["users"]}

    def test_says_nothing_in_the_audit_when_nothing_changed(self, world: World) -> None:
        access.put(world.bob, world.app("hello"), access="members")

        assert not AuditEvent.objects.filter(verb="changed access to").exists()

    def test_keeps_whoever_left_on_a_list_that_is_sent_back(self, world: World) -> None:
        app = world.app("hello")
        access.put(world.alice, app, access="chosen", users=["bob@example.org"])
        memberships.deactivate(world.alice, Membership.objects.get(user=world.bob.user), now=timezone.now())

        kept = access.put(world.alice, app, access="members", users=["bob@example.org"])

        assert kept.users == ("bob@example.org",)

    def test_finds_no_app_of_another_workspace(self, world: World) -> None:
        app = world.app("hello")

        with pytest.raises(NotFound):
            access.put(world.charlie, app, access="everyone")
        assert App.objects.get().access == "members"


class TestAdmits:
    @pytest.mark.parametrize(
        ("kind", "users", "chosen", "admitted"),
        [
            ("everyone", [], [], {"alice", "bob"}),
            ("members", [], [], {"alice", "bob"}),
            # Bob made it.
            ("chosen", [], [], {"bob"}),
            ("chosen", ["alice@example.org"], [], {"alice", "bob"}),
            ("chosen", [], ["writers"], {"alice", "bob"}),
            ("chosen", [], ["readers"], {"bob"}),
            ("chosen", [], ["admins"], {"alice", "bob"}),
            ("chosen", [], ["users"], {"alice", "bob"}),
        ],
    )
    def test_is_for_those_it_names(
        self, kind: str, users: list[str], chosen: list[str], admitted: set[str], world: World
    ) -> None:
        app = apps.create(world.bob, name="hello")
        groups.add_member(world.alice, groups.create(world.alice, name="writers"), world.alice.user)
        groups.create(world.alice, name="readers")
        access.put(world.bob, app, access=kind, users=users, groups=chosen)
        app.refresh_from_db()

        people = {"alice": world.alice, "bob": world.bob, "charlie": world.charlie}

        assert {name for name, person in people.items() if access.admits(app, person)} == admitted

    def test_takes_no_member_for_an_admin(self, world: World) -> None:
        app = world.app("hello")
        access.put(world.alice, app, access="chosen", groups=["admins"])
        app.refresh_from_db()

        assert not access.admits(app, world.bob)
