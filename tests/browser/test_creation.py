import re

from playwright.sync_api import Page, expect

from deployments.models import App
from tests.world import World


class TestCreation:
    def test_a_name_is_checked_while_it_is_typed(self, page: Page, people: World) -> None:
        people.app("taken")
        page.goto("/w/acme/apps/new")

        page.get_by_label("Name").press_sequentially("taken")
        expect(page.get_by_role("alert")).to_have_text("There is an app “taken” in Acme already.")
        page.get_by_label("Name").press_sequentially("-too")
        expect(page.get_by_role("alert")).to_be_hidden()
        expect(page.get_by_text("Its address will be")).to_contain_text("://taken-too-acme.apps.localhost")
        page.get_by_role("button", name="Create app").click()

        expect(page).to_have_url(re.compile("/w/acme/apps/taken-too/deploy$"))
        assert App.objects.filter(name="taken-too").exists()

    def test_deletion_waits_for_the_name(self, page: Page, people: World) -> None:
        people.app("hello")
        page.goto("/w/acme/apps/hello/settings")
        button = page.get_by_role("button", name="Delete hello")
        expect(button).to_be_disabled()

        page.get_by_label("Type hello to delete it").fill("hello")
        button.click()
        page.get_by_role("button", name="Restore hello").click()

        expect(page.get_by_role("status")).to_contain_text("“hello” is back.")
        assert App.objects.living().filter(name="hello").exists()
