import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from tests import world as worlds
from tests.world import PASSWORD, World
from workspaces.errors import Conflict, Forbidden, NotFound, PlatformError
from workspaces.models import AuditEvent, Invitation, Membership, Role
from workspaces.operations import invitations, memberships
from workspaces.principals import Principal


def of(principal: Principal) -> Membership:
    return Membership.objects.get(user=principal.user, workspace=principal.workspace)


class TestAll:
    def test_is_for_admins(self, world: World) -> None:
        with pytest.raises(Forbidden):
            memberships.all(world.bob)

    def test_knows_no_other_workspace(self, world: World) -> None:
        assert {row.user for row in memberships.all(world.alice)} == {world.alice.user, world.bob.user}

    def test_tells_the_last_use_of_this_workspace(self, world: World) -> None:
        now = timezone.now()
        world.token(world.bob)
        Membership.objects.filter(user=world.bob.user).update(last_seen_at=now - timedelta(days=2))
        world.bob.user.access_tokens.update(last_used_at=now - timedelta(days=1))

        seen = {row.user: row.seen_at for row in memberships.all(world.alice)}

        assert seen == {world.alice.user: None, world.bob.user: now - timedelta(days=1)}


class TestSetRole:
    def test_makes_an_admin(self, world: World) -> None:
        memberships.set_role(world.alice, of(world.bob), Role.ADMIN, now=timezone.now())

        assert of(world.bob).role == Role.ADMIN
        assert AuditEvent.objects.filter(verb="changed", object_type="member", object_name="bob@example.org").exists()

    def test_keeps_the_last_admin(self, world: World) -> None:
        with pytest.raises(Conflict, match="last admin of Acme and cannot be demoted"):
            memberships.set_role(world.alice, of(world.alice), Role.MEMBER, now=timezone.now())

        assert of(world.alice).role == Role.ADMIN

    def test_does_not_count_a_deactivated_admin(self, world: World) -> None:
        now = timezone.now()
        Membership.objects.filter(user=world.bob.user).update(role=Role.ADMIN, deactivated_at=now)

        with pytest.raises(Conflict):
            memberships.set_role(world.alice, of(world.alice), Role.MEMBER, now=now)

    def test_is_for_admins(self, world: World) -> None:
        with pytest.raises(Forbidden):
            memberships.set_role(world.bob, of(world.bob), Role.ADMIN, now=timezone.now())

    def test_does_not_reach_into_another_workspace(self, world: World) -> None:
        with pytest.raises(NotFound):
            memberships.set_role(world.alice, of(world.charlie), Role.MEMBER, now=timezone.now())

    def test_is_refused_to_somebody_demoted_a_moment_ago(self, world: World) -> None:
        now = timezone.now()
        memberships.set_role(world.alice, of(world.bob), Role.ADMIN, now=now)
        memberships.set_role(world.alice, of(world.alice), Role.MEMBER, now=now)

        with pytest.raises(Forbidden):
            memberships.deactivate(world.alice, of(world.bob), now=now)


class TestDeactivate:
    def test_ends_tokens_and_sessions_here_at_once(self, world: World) -> None:
        text = world.token(world.bob)
        browser = Client()
        browser.force_login(world.bob.user)
        assert browser.get("/w/acme/apps").status_code == 200

        memberships.deactivate(world.alice, of(world.bob), now=timezone.now())

        assert browser.get("/w/acme/apps").status_code == 404
        assert browser.get("/").status_code == 403
        assert browser.get("/api/v1/apps").status_code == 401
        assert Client().get("/api/v1/apps", headers={"Authorization": f"Bearer {text}"}).status_code == 401

    def test_leaves_other_workspaces_alone(self, world: World) -> None:
        Membership.objects.create(workspace=world.charlie.workspace, user=world.bob.user)
        elsewhere = Principal(world.bob.user, world.charlie.workspace, Role.MEMBER)
        text = world.token(elsewhere)

        memberships.deactivate(world.alice, of(world.bob), now=timezone.now())

        assert Client().get("/api/v1/apps", headers={"Authorization": f"Bearer {text}"}).status_code == 200
        browser = Client()
        browser.force_login(world.bob.user)
        assert browser.get("/")["Location"] == "/w/globex/apps"

    def test_ends_the_invitations_they_made(self, world: World) -> None:
        now = timezone.now()
        memberships.set_role(world.alice, of(world.bob), Role.ADMIN, now=now)
        admin = Principal(world.bob.user, world.bob.workspace, Role.ADMIN)
        _, text = invitations.create(admin, email="bob-again@example.org", role=Role.ADMIN, now=now)

        memberships.deactivate(world.alice, of(world.bob), now=now)

        with pytest.raises(NotFound):
            invitations.find(text, now=now)
        assert Invitation.objects.get().revoked_at == now

    def test_keeps_the_last_admin(self, world: World) -> None:
        with pytest.raises(Conflict, match="cannot be deactivated"):
            memberships.deactivate(world.alice, of(world.alice), now=timezone.now())

    @pytest.mark.django_db(transaction=True)
    def test_two_admins_cannot_end_each_other(self) -> None:
        world = worlds.create()
        memberships.set_role(world.alice, of(world.bob), Role.ADMIN, now=timezone.now())
        bob = Principal(world.bob.user, world.bob.workspace, Role.ADMIN)
        targets, outcomes = {"bob": of(world.bob), "alice": of(world.alice)}, list[str]()
        barrier = threading.Barrier(2)

        def attempt(act: Callable[[], object]) -> None:
            barrier.wait()
            try:
                act()
                outcomes.append("done")
            except PlatformError:
                outcomes.append("refused")
            finally:
                connection.close()

        now = timezone.now()
        threads = [
            threading.Thread(target=attempt, args=[act])
            for act in (
                lambda: memberships.deactivate(world.alice, targets["bob"], now=now),
                lambda: memberships.deactivate(bob, targets["alice"], now=now),
            )
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert sorted(outcomes) == ["done", "refused"]


class TestReactivate:
    def test_does_not_bring_tokens_back(self, world: World) -> None:
        text = world.token(world.bob)
        memberships.deactivate(world.alice, of(world.bob), now=timezone.now())

        memberships.reactivate(world.alice, of(world.bob))

        browser = Client()
        browser.force_login(world.bob.user)
        assert browser.get("/w/acme/apps").status_code == 200
        assert Client().get("/api/v1/apps", headers={"Authorization": f"Bearer {text}"}).status_code == 401


class TestMakePasswordLink:
    @pytest.fixture(autouse=True)
    def _alice_runs_the_site(self, world: World) -> None:
        world.alice.user.is_superuser = True
        world.alice.user.save()

    def test_leads_to_a_new_password_once(self, world: World) -> None:
        link = memberships.make_password_link(world.alice, of(world.bob)).removeprefix("http://localhost:8000")
        browser = Client()
        form = browser.get(link)["Location"]

        done = browser.post(form, {"password1": "a wholly new phrase", "password2": "a wholly new phrase"})

        world.bob.user.refresh_from_db()
        assert done["Location"] == "/password/done"
        assert world.bob.user.check_password("a wholly new phrase")
        assert "does not work any more" in Client().get(link).content.decode()

    def test_ends_when_the_person_joins_another_workspace(self, world: World) -> None:
        link = memberships.make_password_link(world.alice, of(world.bob)).removeprefix("http://localhost:8000")
        Membership.objects.create(workspace=world.charlie.workspace, user=world.bob.user)

        assert "does not work any more" in Client().get(link).content.decode()

    @pytest.mark.parametrize("is_elsewhere", [True, False])
    def test_is_refused_to_an_admin_for_everybody_alike(self, is_elsewhere: bool, world: World) -> None:
        world.alice.user.is_superuser = False
        if is_elsewhere:
            Membership.objects.create(workspace=world.charlie.workspace, user=world.bob.user)

        with pytest.raises(Forbidden, match="Only a site admin makes a link for a new password"):
            memberships.make_password_link(world.alice, of(world.bob))

    @pytest.mark.parametrize("power", ["is_staff", "is_superuser"])
    def test_is_not_made_for_those_who_run_the_site(self, power: str, world: World) -> None:
        setattr(world.bob.user, power, True)
        world.bob.user.save()

        with pytest.raises(Forbidden):
            memberships.make_password_link(world.alice, of(world.bob))

        world.bob.user.refresh_from_db()
        assert world.bob.user.check_password(PASSWORD)
