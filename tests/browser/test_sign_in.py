import re

from playwright.sync_api import BrowserContext, expect

from tests.world import PASSWORD, World


class TestSignIn:
    def test_comes_back_to_where_one_wanted_and_out_again(self, context: BrowserContext, people: World) -> None:
        people.app("hello")
        page = context.new_page()
        page.goto("/w/acme/apps/hello")

        page.get_by_label("E-mail").fill("alice@example.org")
        page.get_by_label("Password").fill(PASSWORD)
        page.keyboard.press("Enter")
        expect(page).to_have_url(re.compile("/w/acme/apps/hello$"))
        page.locator(".person summary").click()
        page.get_by_role("button", name="Sign out").click()

        expect(page.get_by_role("status")).to_have_text("You are signed out.")
