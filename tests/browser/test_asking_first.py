"""What cannot be undone takes a second click, which says what it will do."""

from playwright.sync_api import Page, expect

from workspaces.models import AccessToken, Group
from workspaces.operations import access_tokens, groups


class TestConfirmation:
    def test_a_token_is_revoked_by_the_second_click(self, page: Page, people):
        access_tokens.create(people.alice, label="nightly")

        page.goto("/account/tokens")
        page.get_by_label("Revoke nightly").click()
        expect(page.get_by_text("Programs that use it are refused at once")).to_be_visible()
        assert AccessToken.objects.get().revoked_at is None
        page.get_by_role("button", name="Revoke nightly").click()

        expect(page.get_by_text("no longer works")).to_be_visible()
        assert AccessToken.objects.get().revoked_at is not None

    def test_a_group_is_deleted_by_the_second_click(self, page: Page, people):
        group = groups.create(people.alice, name="analysts")

        page.goto(f"/w/acme/people/groups/{group.uuid}")
        page.get_by_text("Delete analysts …").click()
        assert Group.objects.exists()
        page.get_by_role("button", name="Delete analysts", exact=True).click()

        expect(page).to_have_url("/w/acme/people")
        assert not Group.objects.exists()
