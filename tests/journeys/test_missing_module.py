"""An app that lacks a package: broken, read, repaired with one button, in a real browser on a whole platform."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests import chromium
from tests.journeys.platform import DEPLOY_TIMEOUT_S, Platform

#: Needs dotenv at once or, asked for it, later.
AT_START = """
import http.server, os
import dotenv
class Hello(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers(); self.wfile.write(dotenv.__name__.encode())
http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Hello).serve_forever()
"""
AT_RUN_TIME = AT_START.replace("\nimport dotenv\n", "\n").replace(
    "self.send_response(200)",
    "dotenv = __import__('dotenv') if self.path == '/lazy' else http; self.send_response(200)",
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium.running() as browser:
        yield browser


@pytest.fixture
def page(browser: Browser, platform: Platform) -> Iterator[Page]:
    """Signed in as the workspace's first admin."""
    context = browser.new_context(base_url=f"http://localhost:{platform.port}")
    context.set_default_timeout(30_000)
    page = context.new_page()
    page.goto("/sign-in")
    page.get_by_label("E-mail").fill(platform.credentials["username"])
    page.get_by_label("Password", exact=True).fill(platform.credentials["password"])
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("navigation", name="Sections")).to_be_visible()
    yield page
    context.close()


class TestAtStart:
    def test_is_told_with_the_line_and_repaired_by_a_button(self, platform: Platform, page: Page) -> None:
        platform.create("lacking")
        number = platform.deploy("lacking", {"app.py": AT_START, "requirements.txt": "idna==3.7\n"})
        assert platform.wait("lacking", number)["failure"]["kind"] == "missing_module"

        page.goto(f"/w/demo/apps/lacking/deployments/{number}")
        expect(page.get_by_role("heading", name="The app imports 'dotenv', which is not installed.")).to_be_visible()
        expect(page.locator(".adds")).to_have_text("python-dotenv")
        page.get_by_role("button", name="Add this line and deploy again").click()
        expect(page).to_have_url(f"http://localhost:{platform.port}/w/demo/apps/lacking/deployments/{number + 1}")
        expect(page.locator(".badge").first).to_have_text("Active", timeout=DEPLOY_TIMEOUT_S * 1000)

        assert platform.get("lacking").text == "dotenv"
        assert set(platform.locks(["lacking"])["lacking"]) == {"idna", "python-dotenv"}
        platform.remove(["lacking"])


class TestAtRunTime:
    def test_is_told_on_the_pages_of_the_running_app_and_in_the_api(self, platform: Platform, page: Page) -> None:
        platform.create("lazy")
        number = platform.run("lazy", {"app.py": AT_RUN_TIME})["number"]
        assert platform.api.get(f"/apps/lazy/deployments/{number}").json()["findings"] == []

        assert platform.get("lazy", "/lazy").status_code >= 500
        platform.until(lambda: platform.api.get(f"/apps/lazy/deployments/{number}").json()["findings"] != [])

        (found,) = platform.api.get(f"/apps/lazy/deployments/{number}").json()["findings"]
        assert (found["kind"], found["requirement"]) == ("missing_module", "python-dotenv")
        for address in (f"/w/demo/apps/lazy/deployments/{number}", "/w/demo/apps/lazy"):
            page.goto(address)
            expect(page.get_by_label("What it lacks")).to_contain_text("The app imports 'dotenv'")
        answer = platform.api.post(f"/apps/lazy/deployments/{number}/fix")
        assert platform.wait("lazy", answer.json()["number"])["state"] == "active"

        assert platform.get("lazy", "/lazy").text == "dotenv"
        page.goto("/w/demo/apps/lazy")
        expect(page.get_by_label("What it lacks")).to_have_count(0)
        platform.remove(["lazy"])
