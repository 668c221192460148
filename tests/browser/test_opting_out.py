from playwright.sync_api import Page, expect

from deployments.models import App, OptOutPreview
from tests.deployments import opted
from tests.world import World

PAGE = "/w/acme/apps/hello/opt-out"
PHONE = {"width": 390, "height": 800}


class TestOptingOut:
    def test_is_previewed_when_the_box_is_unticked_and_then_taken(self, page: Page, people: World) -> None:
        app = opted.converted(people)
        page.goto("/w/acme/apps/hello/settings")
        offer = page.get_by_role("button", name="Preview")
        expect(offer).to_be_hidden()
        page.get_by_label("Use preinstalled Python libraries").uncheck()
        offer.click()

        expect(page.get_by_role("list", name="Progress").get_by_text("Searching the source")).to_be_visible()
        OptOutPreview.objects.all().delete()
        opted.ready(people, app)
        # The page follows by itself.
        expect(page.get_by_role("heading", name="3 lines to add Verified")).to_be_visible()
        expect(page.get_by_role("row", name="pandas pandas pandas==2.2.2")).to_be_visible()
        expect(page.get_by_role("link", name="Open the trial")).to_be_visible()
        page.get_by_role("button", name="Add these lines and opt out").click()

        expect(page.get_by_role("heading", name="hello has opted out")).to_be_visible()
        assert not App.objects.get().use_preinstalled_libraries
        page.get_by_role("button", name="Deploy the source with these lines").click()
        expect(page.get_by_role("heading", name="Deployment 3")).to_be_visible()

    def test_fits_a_phone(self, page: Page, people: World) -> None:
        opted.ready(people, opted.converted(people))
        page.set_viewport_size(PHONE)

        page.goto(PAGE)

        expect(page.get_by_text("All lines, for your own copy")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
