from playwright.sync_api import Page, expect

from deployments.venvs.lock import Origin
from tests.deployments.locked import INTERNAL, deployed, package
from tests.world import World

HELLO = "/w/acme/apps/hello"
PHONE = {"width": 390, "height": 800}
ADDRESSES = (
    f"{HELLO}/packages", f"{HELLO}/deployments/2/packages", f"{HELLO}/deployments/2", "/w/acme/packages",
    "/w/acme/packages?name=werkzeug&all=1", f"{HELLO}/deployments/1/activate",
)  # fmt: skip


def two_deployments(people: World) -> None:
    app = people.app("hello")
    transitive = [
        package(name, version, origin=Origin.TRANSITIVE)
        for name, version in (("werkzeug", "3.1.3"), ("markupsafe", "3.0.2"), ("itsdangerous", "2.2.0"))
    ]
    deployed(people, app, package("flask", "3.0.3"), *transitive)
    deployed(
        people, app, package("flask", "3.1.0"), package("acme-auth-for-internal-tools", "2026.11.25.post1",
        index=INTERNAL), package("gunicorn", "23.0.0", origin=Origin.PLATFORM), *transitive[:2],
    )  # fmt: skip


class TestPackages:
    def test_are_searched_as_it_is_typed(self, page: Page, people: World) -> None:
        two_deployments(people)
        page.goto(f"{HELLO}/packages?q=flask")
        rows = page.locator("#package-table tbody tr:visible")
        expect(rows).to_have_count(1)

        search = page.get_by_label("Search packages")
        search.fill("ACME")
        expect(rows).to_have_count(1)
        expect(rows).to_contain_text("acme-auth-for-internal-tools")
        search.fill("nothing of the kind")
        expect(page.get_by_text("No package matches.")).to_be_visible()
        search.fill("")

        expect(rows).to_have_count(5)

    def test_lead_from_an_app_to_all_that_use_one(self, page: Page, people: World) -> None:
        two_deployments(people)
        page.goto(HELLO)

        page.get_by_role("navigation", name="hello").get_by_role("link", name="Packages").click()
        page.get_by_role("link", name="werkzeug").click()

        expect(page.get_by_role("row", name="hello #2 3.1.3 Transitive")).to_be_visible()

    def test_fit_a_phone(self, page: Page, people: World) -> None:
        two_deployments(people)
        page.set_viewport_size(PHONE)

        for address in ADDRESSES:
            page.goto(address)

            assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], address
