import pytest
from django.test import Client
from django.utils import timezone

from deployments.operations import apps
from tests.world import World
from workspaces.errors import Forbidden, NotFound
from workspaces.models import AuditEvent, Membership
from workspaces.operations import memberships


class TestHandOver:
    def test_makes_another_member_the_owner(self, world: World) -> None:
        app = world.app("hello", by=world.bob)

        apps.hand_over(world.bob, app, world.alice.user)

        app.refresh_from_db()
        assert app.owner == world.alice.user
        assert AuditEvent.objects.get(verb="handed over").details == {"to": "alice@example.org"}

    def test_is_also_up_to_admins_when_the_owner_has_left(self, world: World) -> None:
        app = world.app("hello", by=world.bob)
        memberships.deactivate(world.alice, Membership.objects.get(user=world.bob.user), now=timezone.now())

        assert apps.hand_over(world.alice, app, world.alice.user).owner == world.alice.user

    def test_is_not_up_to_other_members(self, world: World) -> None:
        app = world.app("hello", by=world.alice)

        with pytest.raises(Forbidden, match="You are not the owner of 'hello'"):
            apps.hand_over(world.bob, app, world.bob.user)

    def test_takes_no_stranger_and_nobody_deactivated(self, world: World) -> None:
        app = world.app("hello", by=world.alice)
        memberships.deactivate(world.alice, Membership.objects.get(user=world.bob.user), now=timezone.now())

        for person in (world.charlie.user, world.bob.user):
            with pytest.raises(NotFound, match="not a member of the workspace"):
                apps.hand_over(world.alice, app, person)

        app.refresh_from_db()
        assert app.owner == world.alice.user

    def test_is_done_on_the_settings_page(self, world: World) -> None:
        app = world.app("hello")
        browser = Client()
        browser.force_login(world.alice.user)

        answer = browser.post("/w/acme/apps/hello/owner", {"owner": str(world.bob.user.uuid)}, follow=True)

        app.refresh_from_db()
        assert app.owner == world.bob.user
        assert "Bob owns “hello” now." in answer.content.decode()
