import time

from playwright.sync_api import Page, expect

from deployments import layout
from deployments.logs.lines import Line
from deployments.logs.segments import Writer
from deployments.models import App
from tests.browser.test_following import IS_AT_END
from tests.world import World

SHOWN = "() => [...document.querySelectorAll('.line:not([hidden]) span')].map((line) => line.textContent)"
MARKED = "() => [...document.querySelectorAll('mark')].map((mark) => mark.textContent)"


def write(app: App, *texts: str) -> None:
    Writer(layout.app_log(app)).append([Line(time.time(), "web-1", text) for text in texts])


class TestSearch:
    def test_hides_other_lines_as_it_is_typed_also_later_ones(self, page: Page, people: World) -> None:
        app = people.app("hello")
        write(app, "GET /a", "POST /b <i>", "get /c")
        page.goto("/w/acme/apps/hello/logs")
        expect(page.get_by_text("live", exact=True)).to_be_visible()

        page.get_by_label("Search the log").fill("get")
        expect(page.get_by_text("2 of 3 shown here")).to_be_visible()
        write(app, "POST /d", "GET /e")
        expect(page.get_by_text("3 of 5 shown here")).to_be_visible()

        assert page.evaluate(SHOWN) == ["GET /a", "get /c", "GET /e"]
        assert page.evaluate(MARKED) == ["GET", "get", "GET"]
        page.get_by_label("Search the log").fill("")
        assert page.evaluate(SHOWN) == ["GET /a", "POST /b <i>", "get /c", "POST /d", "GET /e"]
        assert page.evaluate(MARKED) == []

    def test_enter_searches_what_is_not_on_the_page(self, page: Page, people: World) -> None:
        write(people.app("hello"), "needle", *(f"hay {number}" for number in range(2100)))
        page.goto("/w/acme/apps/hello/logs")
        expect(page.get_by_text("Older lines are left out here.")).to_be_attached()
        assert page.evaluate(IS_AT_END)

        page.get_by_label("Search the log").fill("needle")
        expect(page.get_by_text("0 of 2000 shown here")).to_be_visible()
        page.get_by_label("Search the log").press("Enter")

        expect(page.get_by_role("link", name="Show all lines")).to_be_visible()
        assert page.evaluate(SHOWN) == ["needle"]
