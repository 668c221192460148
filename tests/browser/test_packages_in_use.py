"""The admin's page "Packages in use" on a screen and on a phone."""

import os
from pathlib import Path

from playwright.sync_api import Page, expect

from deployments.venvs.lock import Origin
from tests.deployments.locked import INTERNAL, deployed, package
from tests.world import World


class TestPackagesInUse:
    def test_leads_from_a_search_to_a_deployment_on_a_screen_and_a_phone(self, page: Page, people: World) -> None:
        for app in ("forecast", "hello"):
            deployed(
                people, people.app(app), package("numpy", "2.1", origin=Origin.TRANSITIVE),
                package("acme-tools-with-a-long-name", "2026.11.26.post1", index=INTERNAL),
            )  # fmt: skip

        for width in (1280, 390):
            page.set_viewport_size({"width": width, "height": 900})
            page.goto("/admin/packages/")
            page.get_by_role("searchbox", name="Search packages").fill("tools")
            page.get_by_role("button", name="Search", exact=True).click()
            expect(page.get_by_role("link", name="numpy")).not_to_be_attached()
            self.look(page, f"packages-{width}", width)
            page.get_by_role("link", name="acme-tools-with-a-long-name").click()
            expect(page.get_by_role("cell", name=INTERNAL).first).to_be_attached()
            self.look(page, f"package-uses-{width}", width)

        page.get_by_role("link", name="#1").first.click()
        expect(page.get_by_role("heading", name="forecast #1").or_(page.get_by_text("hello #1")).first).to_be_visible()

    def look(self, page: Page, name: str, width: int) -> None:
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        if os.environ.get("SHOTS"):
            page.screenshot(path=Path(os.environ["SHOTS"]) / f"{name}.png", full_page=True)
