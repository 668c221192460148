import re

from django.utils import timezone
from playwright.sync_api import BrowserContext, expect

from tests.world import World
from workspaces.models import Invitation, Membership
from workspaces.operations import invitations


def link(people: World, *, is_mailed: bool) -> str:
    now = timezone.now()
    _, text = invitations.create(people.alice, email="dora@example.org", role="member", now=now, is_mailed=is_mailed)
    return f"/invitations/{text}"


class TestInvitation:
    def test_lets_somebody_new_in_by_a_mailed_link(self, people: World, context: BrowserContext) -> None:
        page = context.new_page()
        page.goto(link(people, is_mailed=True))
        page.get_by_label("Password").fill("a long enough phrase")
        page.get_by_label("Your name").fill("Dora")
        page.get_by_role("button", name="Join").click()

        expect(page).to_have_url(re.compile("/w/acme/apps$"))
        assert Membership.objects.filter(user__email="dora@example.org", workspace__slug="acme").exists()

    def test_notes_a_request_by_a_link_that_was_shown(self, people: World, context: BrowserContext) -> None:
        page = context.new_page()
        page.goto(link(people, is_mailed=False))
        page.get_by_label("Password").fill("a long enough phrase")
        page.get_by_role("button", name="Join").click()

        expect(page.get_by_role("status")).to_contain_text("Your request has been noted.")
        assert Invitation.objects.get().requested_at is not None
