import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import ConsoleMessage, Page, expect

from deployments.metrics import keeping, slots
from deployments.metrics.measured import Measured
from deployments.models import App
from tests.deployments.served import deployed
from tests.world import World

STEPS = 60


@pytest.fixture
def app(people: World) -> App:
    """It was asked more and more for half an hour."""
    app = people.app("hello")
    deployed(people, app)
    for place in range(STEPS):
        measure(app, STEPS - place, requests=place)
    return app


def measure(app: App, slots_ago: int, requests: int) -> None:
    at = slots.begin(timezone.now(), 30) - timedelta(seconds=30 * slots_ago)
    keeping.write(at, 30, {app.pk: Measured(30, requests, memory_bytes=80 * 1024 * 1024, instances=1)})


def all_requests() -> int:
    return sum(range(STEPS))


class TestGraphs:
    def test_tell_what_is_under_the_pointer_in_all_of_them(self, page: Page, app: App) -> None:
        page.goto("/w/acme/apps/hello")
        requests, memory = (page.locator(f'[data-graph="{key}"]') for key in ("requests", "memory"))
        expect(requests.locator("[data-readout]")).to_have_text(f"{all_requests():,} requests")
        box = requests.locator(".graph-plot").bounding_box()
        assert box

        page.mouse.move(box["x"] + box["width"] * 0.75, box["y"] + 30)

        expect(requests.locator("[data-readout]")).to_have_text(re.compile(r" · Requests 6\d, Errors 0$"))
        expect(memory.locator("[data-readout]")).to_contain_text("· 80 MiB")
        expect(memory.locator("[data-cursor]")).to_have_css("visibility", "visible")
        # Nothing was measured there.
        page.mouse.move(box["x"] + 5, box["y"] + 30)
        expect(requests.locator("[data-readout]")).to_have_text(f"{all_requests():,} requests")

    def test_follow_what_happens_and_leave_the_table_open(self, page: Page, app: App) -> None:
        page.goto("/w/acme/apps/hello")
        page.get_by_text("The numbers as a table").click()
        measure(app, 0, requests=1000)

        page.evaluate("import('/static/modules/refreshing.js').then((module) => module.refresh('graphs'))")

        expect(page.get_by_text(f"{all_requests() + 1000:,} requests", exact=True)).to_be_visible()
        expect(page.locator("#graph-numbers tbody tr").first).to_be_visible()

    def test_keep_to_the_policy_and_to_a_phone(self, page: Page, app: App) -> None:
        said: list[str] = []

        def hear(message: ConsoleMessage) -> None:
            if message.type == "error":
                said.append(message.text)

        page.on("console", hear)
        page.set_viewport_size({"width": 390, "height": 800})
        page.goto("/w/acme/apps/hello")
        page.get_by_text("The numbers as a table").click()
        page.get_by_role("link", name="24 hours").click()

        expect(page.get_by_role("link", name="24 hours")).to_have_attribute("aria-current", "true")
        expect(page.get_by_role("img", name="Requests per minute, last 24 hours: ")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        assert said == []
