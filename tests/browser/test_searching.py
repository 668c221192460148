import time

import pytest
from playwright.sync_api import Page, expect

from deployments import layout
from deployments.logs.lines import Line
from deployments.logs.segments import Writer
from deployments.models import Deployment
from tests.browser.test_following import IS_AT_END
from tests.deployments.served import deployed
from tests.world import World

SHOWN = "() => [...document.querySelectorAll('.line:not([hidden]) span')].map((line) => line.textContent)"
MARKED = "() => [...document.querySelectorAll('mark')].map((mark) => mark.textContent)"
OPEN = "() => [...document.querySelectorAll('.log [data-section]')].map((section) => section.open)"


@pytest.fixture
def serving(people: World) -> Deployment:
    """With an instance, and a line of its build."""
    [deployment] = deployed(people, people.app("hello"))
    at = deployment.created_at.timestamp()
    Writer(layout.build_log(deployment)).append([Line(at, "slipway", "Getting flask")])
    return deployment


def write(deployment: Deployment, *texts: str) -> None:
    [instance] = deployment.instances.all()
    at = time.time()
    Writer(layout.app_log(deployment.app)).append([Line(at, instance.engine_id, text) for text in texts])


class TestSearch:
    def test_hides_other_lines_as_it_is_typed_also_later_ones(self, page: Page, serving: Deployment) -> None:
        write(serving, "GET /a", "POST /b <i>", "get /c")
        page.goto("/w/acme/apps/hello/logs")
        expect(page.get_by_text("live", exact=True)).to_be_visible()
        assert page.evaluate(OPEN) == [False, True]

        page.get_by_label("Search the log").fill("get")
        expect(page.get_by_text("3 of 4 shown here")).to_be_visible()
        write(serving, "POST /d", "GET /e")
        expect(page.get_by_text("4 of 6 shown here")).to_be_visible()

        assert page.evaluate(SHOWN) == ["Getting flask", "GET /a", "get /c", "GET /e"]
        assert page.evaluate(MARKED) == ["Get", "GET", "get", "GET"]
        assert page.evaluate(OPEN) == [True, True]
        page.get_by_label("Search the log").fill("")
        assert page.evaluate(SHOWN) == ["Getting flask", "GET /a", "POST /b <i>", "get /c", "POST /d", "GET /e"]
        assert page.evaluate(MARKED) == []
        assert page.evaluate(OPEN) == [False, True]

    def test_enter_searches_what_is_not_on_the_page(self, page: Page, serving: Deployment) -> None:
        write(serving, "needle", *(f"hay {number}" for number in range(2100)))
        page.goto("/w/acme/apps/hello/logs")
        expect(page.get_by_role("link", name="Older lines")).to_be_attached()
        assert page.evaluate(IS_AT_END)

        page.get_by_label("Search the log").fill("needle")
        expect(page.get_by_text("0 of 2001 shown here")).to_be_visible()
        page.get_by_label("Search the log").press("Enter")

        expect(page.get_by_role("link", name="Show all lines")).to_be_visible()
        assert page.evaluate(SHOWN) == ["needle"]
