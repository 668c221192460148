"""A newcomer's first hour, in a real browser on a whole platform: what they see, press and read, from signing in on."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests import chromium
from tests.journeys.platform import DEPLOY_TIMEOUT_S, Platform
from tests.journeys.test_access import PASSWORD, add_person
from tests.private_index import PrivateIndex

APP = """
import http.server, os
%s
class Hello(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers(); self.wfile.write(b"%s")
http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Hello).serve_forever()
"""
#: What is promised to somebody who has never been here.
FIRST_DEPLOYMENT_S = 120
PATIENCE_MS = 40_000


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium.running() as browser:
        yield browser


@pytest.fixture
def app(platform: Platform) -> Iterator[str]:
    yield "first"
    platform.remove(["first"])


def signed_in(browser: Browser, platform: Platform, email: str, password: str) -> Page:
    context = browser.new_context(base_url=f"http://localhost:{platform.port}")
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    page.goto("/")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("navigation", name="Sections")).to_be_visible(timeout=PATIENCE_MS)
    return page


def folder(path: Path, *, imports: str = "", says: str, requirements: str = "idna==3.7\n") -> Path:
    path.mkdir()
    (path / "app.py").write_text(APP % (imports, says))
    (path / "requirements.txt").write_text(requirements)
    return path


def upload(page: Page, source: Path) -> None:
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Choose a folder").click()
    chooser.value.set_files(source)
    page.wait_for_url("**/deployments/*")


def watch(page: Page, end: str) -> None:
    """Until the page says by itself how it ended."""
    expect(page.locator("#deployment-head .badge").first).to_have_text(end, timeout=DEPLOY_TIMEOUT_S * 1000)


def seen_at(page: Page, link: str) -> str:
    """What the app's own page shows, in the tab that the link opens."""
    with page.context.expect_page() as opened:
        page.get_by_role("link", name=link).first.click()
    opened.value.wait_for_load_state()
    text = opened.value.locator("body").inner_text()
    opened.value.close()
    return text


class TestNewcomer:
    def test_deploys_breaks_repairs_and_goes_back(
        self, platform: Platform, browser: Browser, app: str, tmp_path: Path
    ) -> None:
        add_person(platform, "nora@example.org")
        add_person(platform, "sven@example.org", "strangers")
        nora = signed_in(browser, platform, "nora@example.org", PASSWORD)

        # Creates an app, uploads a folder, watches it, opens it.
        began_at = time.monotonic()
        nora.get_by_role("link", name="New app").or_(nora.get_by_role("link", name="Create an app")).first.click()
        nora.get_by_label("Name").fill(app)
        nora.get_by_role("button", name="Create app").click()
        upload(nora, folder(tmp_path / "one", says="the first"))
        watch(nora, "Active")
        assert seen_at(nora, "Open the app") == "the first"
        assert time.monotonic() - began_at < FIRST_DEPLOYMENT_S

        # Breaks it, and reads on the card what is wrong, while visitors notice nothing.
        nora.goto(f"/w/demo/apps/{app}")
        nora.get_by_role("link", name="Deploy", exact=True).click()
        upload(nora, folder(tmp_path / "two", imports="import dotenv", says="the second"))
        watch(nora, "Failed")
        expect(nora.get_by_role("heading", name="The app imports 'dotenv', which is not installed.")).to_be_visible()
        expect(nora.get_by_text("Visitors notice nothing: deployment 1 keeps serving.")).to_be_visible()
        assert platform.get(app).text == "the first"

        # Repairs it with the card's own button.
        nora.get_by_role("button", name="Add this line and deploy again").click()
        nora.wait_for_url(f"**/apps/{app}/deployments/3")
        watch(nora, "Active")
        assert seen_at(nora, "Open the app") == "the second"

        # Goes back, having read what that changes.
        nora.goto(f"/w/demo/apps/{app}/deployments")
        nora.get_by_role("link", name="Activate deployment 1").click()
        expect(nora.get_by_role("cell", name="Packages").or_(nora.get_by_text("python-dotenv")).first).to_be_visible()
        nora.get_by_role("button", name="Activate").click()
        watch(nora, "Active")
        assert platform.get(app).text == "the first"

        # Closes it; a stranger finds neither its page nor the app.
        nora.goto(f"/w/demo/apps/{app}/access")
        nora.get_by_label("Signed-in members of the workspace").check()
        nora.get_by_role("button", name="Save").click()
        expect(nora.get_by_text("Saved. Visitors notice within 5 seconds.")).to_be_visible()
        platform.until(lambda: platform.get(app).status_code == 401)
        sven = signed_in(browser, platform, "sven@example.org", PASSWORD)
        answer = sven.goto(f"/w/demo/apps/{app}")
        assert answer is not None
        assert answer.status == 404
        sven.goto(f"http://{platform.host(app)}/")
        assert "the first" not in sven.content()
        expect(sven.get_by_role("heading")).to_be_visible()
        nora.goto(f"/w/demo/apps/{app}")
        assert seen_at(nora, "Open") == "the first"


class TestAdmin:
    def test_changes_a_default_repository_and_the_next_build_uses_it(
        self, platform: Platform, browser: Browser, app: str, private_index: PrivateIndex
    ) -> None:
        private_index.add("acmegreeting", "1.0")
        admin = signed_in(browser, platform, platform.credentials["username"], platform.credentials["password"])
        platform.create(app)
        try:
            admin.goto("/w/demo/packages")
            admin.get_by_role("link", name="Default package repositories").click()
            admin.get_by_label("Index URL", exact=True).fill(private_index.address_with_login)
            admin.get_by_label("Certificates").fill(private_index.authority.pem)
            admin.get_by_role("button", name="Save").click()
            expect(admin.get_by_text("Saved.")).to_be_visible(timeout=PATIENCE_MS)
            source = {"app.py": APP % ("import acmegreeting", "from Acme"), "requirements.txt": "acmegreeting\n"}
            number = platform.deploy(app, source)
            admin.goto(f"/w/demo/apps/{app}/deployments/{number}")
            watch(admin, "Active")
            assert seen_at(admin, "Open the app") == "from Acme"
        finally:
            platform.api.delete("/scopes/databricks-package-management")
