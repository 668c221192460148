"""A platform behind TLS, seen by a real browser: cookies no neighbour can set, over several instances of one app."""

import json
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page

from tests import chromium
from tests.chromium import PATIENCE_MS
from tests.journeys.platform import Platform, free_port
from tests.journeys.test_instances import instances
from tests.journeys.tls_front import in_front_of
from tests.private_index import Authority

INSTANCES = 3
PROMISE_S = 5.0
APP = """
import http.server, json, os
class Echo(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.send_header("Content-Type", "application/json"); self.end_headers()
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.wfile.write(json.dumps({"instance": os.environ["PORT"], "headers": headers}).encode())
http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Echo).serve_forever()
"""


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """One whose address is https://localhost:…, with a proxy in front that ends TLS."""
    tls_port = free_port()
    certificate = Authority().issue(
        tmp_path_factory.mktemp("tls") / "localhost.pem", hosts=("localhost", "*.apps.localhost")
    )
    home = Path(tempfile.mkdtemp(prefix="slj-", dir="/tmp"))
    settings = {
        "SLIPWAY_URL": f"https://localhost:{tls_port}",
        "SLIPWAY_TRUSTED_PROXIES": "1",
        "SLIPWAY_DEFAULT_ACCESS": "members",
        "SLIPWAY_STARTUP_S": "1.5",
    }
    platform = Platform(home, settings)
    try:
        platform.up()
        with in_front_of(platform.port, at=tls_port, certificate=certificate):
            yield platform
    finally:
        platform.down()
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="module")
def home(platform: Platform) -> str:
    return platform.settings["SLIPWAY_URL"]


@pytest.fixture(scope="module")
def app(platform: Platform) -> str:
    """The address of an app for members with several instances."""
    platform.create("echo", scaling="horizontal", instances=INSTANCES)
    platform.run("echo", {"app.py": APP})
    platform.until(lambda: len(instances(platform, "echo")) == INSTANCES, 60)
    url: str = platform.api.get("/apps/echo").json()["url"]
    return url


@pytest.fixture
def context() -> Iterator[BrowserContext]:
    with chromium.running() as browser:
        context = browser.new_context(ignore_https_errors=True)
        context.set_default_timeout(PATIENCE_MS)
        yield context


def sign_in(page: Page, platform: Platform) -> None:
    page.get_by_label("E-mail").fill(platform.credentials["username"])
    page.get_by_label("Password").fill(platform.credentials["password"])
    page.get_by_role("button", name="Sign in").click()


class TestBehindTls:
    def test_lets_a_member_in_by_a_cookie_that_no_neighbour_can_set(
        self, platform: Platform, home: str, app: str, context: BrowserContext
    ) -> None:
        page = context.new_page()
        page.goto(app)
        sign_in(page, platform)
        page.wait_for_url(f"{app}/")

        cookies = {cookie["name"]: cookie for cookie in context.cookies(app)}
        mine = cookies["__Host-slipway_app"]
        assert (mine["secure"], mine["httpOnly"], mine["path"]) == (True, True, "/")
        assert not mine["domain"].startswith(".")
        assert "__Host-slipway_instance" in cookies, "and the one that keeps a visitor with an instance is of that kind"
        assert all(cookie["secure"] for cookie in context.cookies())

        seen = [self.told(page, app) for _ in range(6)]
        assert len({told["instance"] for told in seen}) == 1
        assert all("cookie" not in told["headers"] for told in seen)
        assert seen[0]["headers"]["x-forwarded-proto"] == "https"
        assert seen[0]["headers"]["x-forwarded-email"] == platform.credentials["username"]

        elsewhere = context.new_page()
        elsewhere.goto(f"{home}/sign-out")
        elsewhere.get_by_role("button", name="Sign out").last.click()
        elsewhere.wait_for_url("**/sign-in**")
        signed_out_at = time.monotonic()
        while page.evaluate("fetch('/', {redirect: 'manual'}).then(answer => answer.status)") != 401:
            assert time.monotonic() - signed_out_at < PROMISE_S

    @staticmethod
    def told(page: Page, app: str) -> dict[str, dict[str, str]]:
        page.goto(app)
        answer: dict[str, dict[str, str]] = json.loads(page.inner_text("body"))
        return answer
