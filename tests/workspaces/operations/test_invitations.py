from datetime import timedelta

import pytest
from django.utils import timezone

from tests.world import World
from workspaces.errors import Conflict, Forbidden, Invalid, NotFound
from workspaces.models import AuditEvent, Invitation, Membership, Role, User
from workspaces.operations import invitations, workspaces


def invite(world: World, email: str = "dora@example.org", role: str = Role.MEMBER, *, is_mailed: bool = False) -> str:
    return invitations.create(world.alice, email=email, role=role, now=timezone.now(), is_mailed=is_mailed)[1]


class TestCreate:
    def test_keeps_only_a_hash(self, world: World) -> None:
        text = invite(world, " Dora@Example.org ")

        row = Invitation.objects.get()
        assert (row.email, row.role, row.created_by_name) == ("dora@example.org", "member", "Alice")
        assert text not in str(vars(row))

    def test_is_the_same_for_an_address_with_an_account_elsewhere(self, world: World) -> None:
        invite(world, "charlie@example.org")
        invite(world, "dora@example.org")

        known, unknown = Invitation.objects.order_by("email")
        assert (known.role, known.created_by) == (unknown.role, unknown.created_by)

    def test_ends_an_earlier_one_for_the_address(self, world: World) -> None:
        first = invite(world)
        second = invite(world)

        with pytest.raises(NotFound):
            invitations.find(first, now=timezone.now())
        assert invitations.find(second, now=timezone.now()).email == "dora@example.org"

    @pytest.mark.parametrize(
        "email", ["", "dora", "dora@", "a\0@example.org", "a@b.c\nBcc: x@y.z", "x" * 250 + "@b.cc"]
    )
    def test_refuses_what_is_no_address(self, email: str, world: World) -> None:
        with pytest.raises(Invalid, match="not an e-mail address"):
            invite(world, email)

    def test_refuses_an_unknown_role(self, world: World) -> None:
        with pytest.raises(Invalid, match="There is no role 'owner'"):
            invite(world, role="owner")

    def test_refuses_a_member(self, world: World) -> None:
        with pytest.raises(Conflict, match=r"bob@example\.org is a member of Acme already"):
            invite(world, "bob@example.org")

    def test_is_for_admins(self, world: World) -> None:
        with pytest.raises(Forbidden):
            invitations.create(world.bob, email="dora@example.org", role=Role.ADMIN, now=timezone.now())

        assert not Invitation.objects.exists()


class TestFind:
    def test_finds_nothing_after_seven_days(self, world: World) -> None:
        text = invite(world)

        assert invitations.find(text, now=timezone.now() + timedelta(days=6, hours=23))
        with pytest.raises(NotFound):
            invitations.find(text, now=timezone.now() + timedelta(days=7))

    def test_finds_nothing_after_it_was_revoked(self, world: World) -> None:
        text = invite(world)
        invitations.revoke(world.alice, Invitation.objects.get(), now=timezone.now())

        with pytest.raises(NotFound):
            invitations.find(text, now=timezone.now())


class TestRevoke:
    def test_does_not_reach_into_another_workspace(self, world: World) -> None:
        text = invite(world)

        invitations.revoke(world.charlie, Invitation.objects.get(), now=timezone.now())

        assert invitations.find(text, now=timezone.now())


class TestAccept:
    def test_makes_a_member_once(self, world: World) -> None:
        now = timezone.now()
        found = invitations.find(invite(world, "charlie@example.org"), now=now)

        principal = invitations.accept(found, world.charlie.user, now=now)

        assert (principal.workspace, principal.role) == (world.alice.workspace, Role.MEMBER)
        assert AuditEvent.objects.filter(verb="joined", actor=world.charlie.user).count() == 1
        with pytest.raises(NotFound):
            invitations.accept(found, world.charlie.user, now=now)

    def test_is_not_for_another_address(self, world: World) -> None:
        now = timezone.now()
        found = invitations.find(invite(world), now=now)

        with pytest.raises(Forbidden):
            invitations.accept(found, world.charlie.user, now=now)

        assert not Membership.objects.filter(workspace=world.alice.workspace, user=world.charlie.user).exists()

    def test_does_not_undo_a_deactivation(self, world: World) -> None:
        now = timezone.now()
        found = invitations.find(invite(world, "charlie@example.org", Role.ADMIN), now=now)
        Membership.objects.create(workspace=found.workspace, user=world.charlie.user, deactivated_at=now)

        with pytest.raises(Conflict):
            invitations.accept(found, world.charlie.user, now=now)

        assert invitations.find(invite_again(found), now=now) == found


class TestAcceptAsNew:
    def test_makes_the_account(self, world: World) -> None:
        now = timezone.now()
        found = invitations.find(invite(world, role=Role.ADMIN, is_mailed=True), now=now)

        principal = invitations.accept_as_new(found, password="a long enough phrase", name=" Dora ", now=now)

        dora = User.objects.get(email="dora@example.org")
        assert (principal.user, principal.role, dora.name) == (dora, Role.ADMIN, "Dora")
        assert dora.check_password("a long enough phrase")
        assert (dora.is_staff, dora.is_superuser) == (False, False)

    def test_never_touches_an_account_that_exists(self, world: World) -> None:
        now = timezone.now()
        found = invitations.find(invite(world, "charlie@example.org", is_mailed=True), now=now)

        with pytest.raises(Conflict):
            invitations.accept_as_new(found, password="mine now, surely", name="", now=now)

        world.charlie.user.refresh_from_db()
        assert not world.charlie.user.check_password("mine now, surely")
        assert Invitation.objects.get().accepted_at is None

    def test_takes_no_link_that_was_shown_to_an_admin(self, world: World) -> None:
        now = timezone.now()
        found = invitations.find(invite(world), now=now)

        with pytest.raises(Forbidden):
            invitations.accept_as_new(found, password="a long enough phrase", name="Dora", now=now)

        assert not User.objects.filter(email="dora@example.org").exists()

    def test_takes_the_links_of_site_admins_and_of_the_operator(self, world: World) -> None:
        now = timezone.now()
        root = workspaces.create(slug="root", name="Root", admin=User.objects.create_superuser("root@example.org"))
        _, shown = invitations.create(root, email="dora@example.org", role=Role.MEMBER, now=now)
        printed = invitations.create_by_operator(
            workspaces.create_empty(slug="new", name="New"), email="emil@example.org", now=now
        )

        for text in (shown, printed):
            found = invitations.find(text, now=now)
            assert invitations.accept_as_new(found, password="a long enough phrase", name="", now=now)


def invite_again(found: Invitation) -> str:
    """The link is gone; a known text in its place."""
    from workspaces.operations.access_tokens import digest

    Invitation.objects.filter(pk=found.pk).update(digest=digest("known"))
    return "known"
