from datetime import timedelta

import pytest
from django.utils import timezone

from tests.world import World
from workspaces.errors import Conflict, Forbidden, NotFound
from workspaces.models import AuditEvent, Invitation, Membership, Role, User
from workspaces.operations import invitations, join_requests
from workspaces.principals import Principal

PASSWORD = "a long enough phrase"


@pytest.fixture
def root(world: World) -> Principal:
    """A site admin, as the admin acts for them in Acme."""
    user = User.objects.create_superuser("root@example.org", name="Root")
    return Principal(user, world.alice.workspace, Role.ADMIN, address="192.0.2.9")


def ask(world: World, email: str = "dora@example.org", *, password: str = PASSWORD, name: str = "Dora") -> Invitation:
    now = timezone.now()
    found, _ = invitations.create(world.alice, email=email, role=Role.MEMBER, now=now)
    join_requests.note(found, password=password, name=name, now=now, address="192.0.2.7")
    return found


class TestNote:
    def test_keeps_a_hash_and_where_it_came_from(self, world: World) -> None:
        ask(world)

        row = Invitation.objects.get()
        assert (row.requested_name, row.requested_from) == ("Dora", "192.0.2.7")
        assert PASSWORD not in str(vars(row))
        event = AuditEvent.objects.get(verb="asked to join as")
        assert (event.actor, event.actor_name, event.address) == (None, "Somebody", "192.0.2.7")

    def test_replaces_an_earlier_one(self, world: World, root: Principal) -> None:
        found = ask(world)
        join_requests.note(found, password="another long phrase", name="Dorothea", now=timezone.now())

        join_requests.let_in(root, found, now=timezone.now())

        dora = User.objects.get(email="dora@example.org")
        assert dora.name == "Dorothea"
        assert dora.check_password("another long phrase")

    def test_finds_nothing_once_the_link_has_ended(self, world: World) -> None:
        found = ask(world)
        later = timezone.now() + timedelta(days=8)
        with pytest.raises(NotFound):
            join_requests.note(found, password=PASSWORD, name="", now=later)

        invitations.revoke(world.alice, found, now=timezone.now())
        with pytest.raises(NotFound):
            join_requests.note(found, password=PASSWORD, name="", now=timezone.now())
        assert Invitation.objects.get().requested_password == ""


class TestLetIn:
    def test_begins_the_account_as_a_member(self, world: World, root: Principal) -> None:
        found = ask(world)

        join_requests.let_in(root, found, now=timezone.now())

        dora = User.objects.get(email="dora@example.org")
        assert dora.check_password(PASSWORD)
        assert (dora.name, dora.is_staff, dora.is_superuser) == ("Dora", False, False)
        assert Membership.objects.get(user=dora).workspace == world.alice.workspace
        row = Invitation.objects.get()
        assert row.accepted_at is not None
        assert row.requested_password == ""
        event = AuditEvent.objects.get(verb="let in")
        assert (event.actor_name, event.object_name, event.address) == ("Root", "dora@example.org", "192.0.2.9")

    def test_is_for_site_admins(self, world: World) -> None:
        found = ask(world)

        with pytest.raises(Forbidden, match="Only a site admin"):
            join_requests.let_in(world.alice, found, now=timezone.now())

        assert not User.objects.filter(email="dora@example.org").exists()

    def test_touches_no_account_that_exists_and_tells_its_workspace_nothing(
        self, world: World, root: Principal
    ) -> None:
        found = ask(world, "charlie@example.org")
        before = AuditEvent.objects.count()

        with pytest.raises(Conflict, match="has an account"):
            join_requests.let_in(root, found, now=timezone.now())

        assert not User.objects.get(email="charlie@example.org").check_password(PASSWORD)
        assert not Membership.objects.filter(workspace=world.alice.workspace, user=world.charlie.user).exists()
        assert AuditEvent.objects.count() == before
        assert Invitation.objects.get().accepted_at is None

    def test_refuses_what_nobody_asked_for(self, world: World, root: Principal) -> None:
        found, _ = invitations.create(world.alice, email="dora@example.org", role=Role.MEMBER, now=timezone.now())

        with pytest.raises(Conflict, match="Nobody has asked"):
            join_requests.let_in(root, found, now=timezone.now())

    def test_finds_nothing_of_what_was_revoked_or_has_ended(self, world: World, root: Principal) -> None:
        found = ask(world)
        with pytest.raises(NotFound):
            join_requests.let_in(root, found, now=timezone.now() + timedelta(days=8))
        invitations.revoke(world.alice, found, now=timezone.now())

        with pytest.raises(NotFound):
            join_requests.let_in(root, found, now=timezone.now())

        assert not User.objects.filter(email="dora@example.org").exists()
