import re

import pytest
from django.conf import settings
from playwright.sync_api import BrowserContext, Page, expect

from deployments.operations import access, apps
from tests.world import PASSWORD, World


def address(server: str, path: str = "/") -> str:
    """Of the app "hello" at this server; browsers take names below .localhost for this machine."""
    return f"{server.replace('localhost', 'hello-acme.apps.localhost')}{path}"


class TestAppOfMembers:
    def test_opens_after_signing_in_at_the_page_that_was_wanted(
        self, context: BrowserContext, people: World, server: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """With the browser's own rules about cookies, and about where a form may lead."""
        monkeypatch.setattr(settings, "URL", server)
        apps.stop(people.alice, people.app("hello"))
        page = context.new_page()
        page.goto(address(server, "/reports?year=2026"))
        expect(page).to_have_url(re.compile(f"^{re.escape(server)}/sign-in"))

        page.get_by_label("E-mail").fill("bob@example.org")
        page.get_by_label("Password").fill(PASSWORD)
        page.keyboard.press("Enter")

        expect(page).to_have_url(address(server, "/reports?year=2026"))
        expect(page.get_by_role("heading")).to_have_text("This app is stopped.")
        [cookie] = [cookie for cookie in context.cookies() if cookie["name"] == "slipway_app"]
        assert (cookie["domain"], cookie["httpOnly"]) == ("hello-acme.apps.localhost", True)

    def test_tells_those_who_were_not_chosen_whom_to_ask(
        self, context: BrowserContext, people: World, server: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(settings, "URL", server)
        access.put(people.alice, people.app("hello"), access="chosen")
        page = context.new_page()
        page.goto(address(server))

        page.get_by_label("E-mail").fill("bob@example.org")
        page.get_by_label("Password").fill(PASSWORD)
        page.keyboard.press("Enter")

        expect(page.get_by_role("heading", level=1)).to_have_text("You may not use “hello”.")
        expect(page.get_by_text("Ask Alice (alice@example.org)")).to_be_visible()


class TestAccessPage:
    def test_chooses_people_and_groups(self, page: Page, people: World) -> None:
        app = people.app("hello")
        page.goto("/w/acme/apps/hello")
        page.get_by_role("link", name="Access", exact=True).click()

        page.get_by_label("Chosen people and groups").check()
        page.get_by_label("People", exact=True).fill("bob@example.org")
        page.get_by_label("admins", exact=True).check()
        page.get_by_role("button", name="Save").click()

        expect(page.get_by_role("status")).to_have_text("Saved. Visitors notice within 5 seconds.")
        expect(page.get_by_label("admins", exact=True)).to_be_checked()
        assert access.get(people.alice, app).users == ("bob@example.org",)
