import time
from collections.abc import Iterable

from playwright.sync_api import Page, expect

from deployments import layout
from deployments.logs.lines import Line
from deployments.logs.segments import Writer
from deployments.models import App, Deployment, EventKind, Instance, State
from deployments.operations import deployments
from tests.world import World

TEXTS = "() => [...document.querySelectorAll('.line span')].map((line) => line.textContent)"
IS_AT_END = """() => {
  const { scrollHeight, scrollTop, clientHeight } = document.querySelector("[data-log-lines]");
  return scrollHeight - scrollTop - clientHeight < 24;
}"""


SECTIONS = """() => [...document.querySelectorAll("[data-log-lines] [data-section]")].map(
  (section) => [section.dataset.section, section.querySelectorAll(".line").length, section.open])"""


def building(people: World) -> Deployment:
    deployment = deployments.request(people.alice, people.app("hello"), bundle=people.bundle())
    deployment.move(State.BUILDING)
    return deployment


def write(deployment: Deployment, numbers: Iterable[int]) -> None:
    writer = Writer(layout.build_log(deployment))
    writer.append([Line(time.time(), "slipway", f"line {number}") for number in numbers])
    writer.close()


def say(app: App, source: str, number: int) -> None:
    """As an instance does."""
    Writer(layout.app_log(app)).append([Line(time.time(), source, f"line {number}")])


def wait_for_line(page: Page, number: int) -> None:
    expect(page.locator(".line", has_text=f"line {number}").last).to_be_attached()


class TestLog:
    def test_grows_and_survives_reload_and_broken_connection(self, page: Page, people: World) -> None:
        deployment = building(people)
        write(deployment, range(3))
        page.goto("/w/acme/apps/hello/deployments/1")
        expect(page.get_by_text("live", exact=True)).to_be_visible()
        write(deployment, range(3, 6))
        wait_for_line(page, 5)

        page.context.set_offline(True)
        write(deployment, range(6, 9))
        page.context.set_offline(False)
        wait_for_line(page, 8)
        page.reload()
        write(deployment, range(9, 12))
        wait_for_line(page, 11)

        assert page.evaluate(TEXTS) == [f"line {number}" for number in range(12)]

    def test_stays_where_the_reader_scrolled(self, page: Page, people: World) -> None:
        deployment = building(people)
        write(deployment, range(200))
        page.goto("/w/acme/apps/hello/deployments/1")
        assert page.evaluate(IS_AT_END)
        log, button = page.get_by_role("log"), page.get_by_role("button", name="Follow")

        log.evaluate("(log) => (log.scrollTop = 100)")
        write(deployment, range(200, 300))
        expect(button).to_be_visible()
        assert log.evaluate("(log) => log.scrollTop") == 100
        button.click()

        assert page.evaluate(IS_AT_END)
        expect(button).to_be_hidden()

    def test_shows_markup_as_text(self, page: Page, people: World) -> None:
        deployment = building(people)
        page.goto("/w/acme/apps/hello/deployments/1")
        expect(page.get_by_text("live", exact=True)).to_be_visible()

        Writer(layout.build_log(deployment)).append([Line(time.time(), "build", "<img src=x onerror=alert(1)>")])

        expect(page.get_by_text("<img src=x onerror=alert(1)>")).to_be_visible()
        assert page.locator(".line img").count() == 0


class TestTimeline:
    """The tab Logs: the build and then the app, in sections that fold when they are over."""

    def test_follows_the_build_into_the_app_through_a_broken_connection(self, page: Page, people: World) -> None:
        deployment = building(people)
        write(deployment, range(2))
        page.goto("/w/acme/apps/hello/logs")
        expect(page.get_by_text("live", exact=True)).to_be_visible()
        instance = Instance.objects.create(workspace=deployment.workspace, deployment=deployment)

        deployment.move(State.STARTING)
        write(deployment, [2])
        say(deployment.app, instance.engine_id, 3)
        expect(page.locator("[data-log-lines] [data-section=starting] .line")).to_have_count(2)
        page.context.set_offline(True)
        say(deployment.app, "stranger", 99)
        deployment.move(State.ACTIVE)
        say(deployment.app, instance.engine_id, 4)
        page.context.set_offline(False)
        wait_for_line(page, 4)
        section = page.locator("[data-log-lines] [data-section=serving]")
        expect(section).to_be_visible()
        page.reload()
        say(deployment.app, instance.engine_id, 5)
        wait_for_line(page, 5)

        assert page.evaluate(TEXTS) == [f"line {number}" for number in range(6)]
        assert page.evaluate(SECTIONS) == [["building", 2, False], ["starting", 2, False], ["serving", 2, True]]

    def test_folds_what_is_over_unless_the_reader_opened_it(self, page: Page, people: World) -> None:
        deployment = building(people)
        write(deployment, range(2))
        page.goto("/w/acme/apps/hello/logs")
        expect(page.get_by_text("live", exact=True)).to_be_visible()

        deployment.move(State.STARTING)
        write(deployment, [2])
        expect(page.locator("[data-log-lines] [data-section=building]:not([open])")).to_be_attached()
        page.locator("[data-log-lines] summary", has_text="Building").click()
        page.locator("[data-log-lines] summary", has_text="Starting").click()
        page.locator("[data-log-lines] summary", has_text="Starting").click()
        deployment.move(State.FAILED, failure_message="It broke.")
        write(deployment, [3])
        wait_for_line(page, 3)

        assert page.evaluate(SECTIONS) == [["building", 2, True], ["starting", 2, True]]


class TestProgress:
    def test_moves_as_it_happens_until_the_failure(self, page: Page, people: World) -> None:
        deployment = building(people)
        page.goto("/w/acme/apps/hello/deployments/1")
        expect(page.locator(".mark.is-running")).to_contain_text("Building")

        deployment.events.create(at=deployment.created_at, kind=EventKind.STEP_STARTED, name="lock")
        deployment.move(State.FAILED, failure_message="Nothing provides nosuch.", failure_hint="Check its spelling.")

        expect(page.get_by_role("heading", name="Nothing provides nosuch.")).to_be_visible()
        expect(page.get_by_text("Check its spelling.")).to_be_visible()
        expect(page.locator(".badge")).to_have_text("Failed")
        expect(page.get_by_role("button", name="Cancel")).to_have_count(0)

    def test_leads_to_the_app_once_it_serves(self, page: Page, people: World) -> None:
        deployment = building(people)
        page.goto("/w/acme/apps/hello/deployments/1")

        deployment.move(State.STARTING)
        deployment.move(State.ACTIVE)

        link = page.get_by_role("link", name="Open the app")
        expect(link).to_have_attribute("href", deployment.app.url)


class TestScheme:
    def test_dark_is_dark(self, page: Page) -> None:
        page.goto("/w/acme/apps")
        page.emulate_media(color_scheme="dark")
        background = page.evaluate("getComputedStyle(document.body).backgroundColor")

        page.emulate_media(color_scheme="light")

        assert background == "rgb(14, 19, 24)"
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(245, 247, 249)"

    def test_nothing_is_wider_than_a_phone(self, page: Page, people: World) -> None:
        building(people)
        page.set_viewport_size({"width": 390, "height": 800})

        for address in ("/w/acme/apps", "/w/acme/apps/hello", "/w/acme/apps/hello/deployments/1", "/account/tokens"):
            page.goto(address)

            assert page.evaluate("document.documentElement.scrollWidth") <= 390, address
