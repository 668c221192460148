"""Who may use an app: signing in once, being told to the app, and being refused within 5 s of losing it."""

import json
import time
import uuid
from collections.abc import Callable

import httpx
import pytest

from tests.journeys.browser import Browser
from tests.journeys.platform import Platform

APP = """
import http.server, json, os
class Echo(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers()
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.wfile.write(json.dumps({"path": self.path, "headers": headers}).encode())
http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Echo).serve_forever()
"""
PASSWORD = "correct horse battery staple"
PROMISE_S = 5.0


def add_person(platform: Platform, email: str, workspace: str = "demo") -> None:
    """Somebody who can sign in with PASSWORD, a member of that workspace."""
    code = (
        "from workspaces.models import Membership, User, Workspace; from workspaces.operations import workspaces;"
        f"user = User.objects.create_user({email!r}, {PASSWORD!r}, name={email.partition('@')[0].title()!r});"
        f"there = Workspace.objects.filter(slug={workspace!r}).first();"
        "there and Membership.objects.create(workspace=there, user=user);"
        f"there or workspaces.create(slug={workspace!r}, name={workspace!r}, admin=user)"
    )
    platform.manage("shell", "--no-imports", "-c", code)


@pytest.fixture(scope="module")
def app(platform: Platform) -> str:
    """The address of an app for members; Ann is one, Eve is in another workspace."""
    platform.create("closed", access="members")
    platform.run("closed", {"app.py": APP})
    add_person(platform, "ann@example.org")
    add_person(platform, "eve@example.org", "elsewhere")
    return f"http://{platform.host('closed')}"


@pytest.fixture
def browser(platform: Platform) -> Browser:
    return Browser(platform)


@pytest.fixture
def ann(browser: Browser, app: str) -> Browser:
    """Ann's browser, signed in to the platform and at the app."""
    browser.sign_in("ann@example.org", PASSWORD)
    assert browser.open(app).json()["path"] == "/"
    return browser


def refused_after_s(ask: Callable[[], httpx.Response]) -> float:
    """How long it took until what was allowed is refused."""
    began_at = time.monotonic()
    while ask().status_code != 401:
        assert time.monotonic() - began_at < 20, "nobody is ever refused"
        time.sleep(0.05)
    return time.monotonic() - began_at


class TestSignIn:
    def test_leads_back_to_the_page_that_was_asked_for(self, browser: Browser, app: str) -> None:
        page = browser.open(f"{app}/reports?year=2026&q=%C3%A4")
        assert str(page.url).startswith(f"{browser.home}/sign-in")

        answer = browser.sign_in("ann@example.org", PASSWORD, page)

        assert str(answer.url) == f"{app}/reports?year=2026&q=%C3%A4"
        assert answer.json()["path"] == "/reports?year=2026&q=%C3%A4"

    def test_is_not_needed_again_for_an_app(self, browser: Browser, app: str) -> None:
        browser.sign_in("ann@example.org", PASSWORD)

        answer = browser.open(f"{app}/x")

        assert answer.json()["path"] == "/x"

    def test_tells_the_app_who_it_is_and_nothing_of_the_platforms(self, ann: Browser, app: str) -> None:
        forged = {"X-Forwarded-User": "forged", "X-Forwarded-Email": "forged", "X_Forwarded_User": "forged",
                  "X-Forwarded-Preferred-Username": "forged", "X-Request-Id": "forged"}  # fmt: skip

        headers = ann.client.get(app, headers=forged).json()["headers"]

        assert headers["x-forwarded-email"] == "ann@example.org"
        assert headers["x-forwarded-preferred-username"] == "Ann"
        assert uuid.UUID(headers["x-forwarded-user"])
        assert uuid.UUID(headers["x-request-id"])
        assert "forged" not in headers.values()
        assert "cookie" not in headers

    def test_is_no_redirect_for_what_is_no_navigation(self, browser: Browser, app: str) -> None:
        answer = browser.fetch(f"{app}/data")

        assert (answer.status_code, answer.json()["message"]) == (401, "Sign in to use this app.")
        assert "location" not in answer.headers

    def test_works_once_with_a_code_and_in_one_browser_only(self, platform: Platform, ann: Browser, app: str) -> None:
        ann.client.cookies.delete("slipway_app")
        asked = ann.client.get(app, headers={"Sec-Fetch-Mode": "navigate"})
        to_platform = ann.client.get(f"{app}{asked.headers['location']}")
        back = ann.client.get(to_platform.headers["location"])
        code = back.headers["location"]
        thief = Browser(platform)

        stolen = thief.client.get(code)
        used = ann.client.get(code)

        # The thief used it up.
        assert (stolen.status_code, used.status_code) == (400, 400)
        assert "slipway_app=" not in str(stolen.headers) + str(used.headers)
        assert back.headers["referrer-policy"] == "no-referrer"
        assert "no-store" in back.headers["cache-control"]


class TestRefusal:
    def test_comes_within_5_s_of_signing_out(self, ann: Browser, app: str) -> None:
        ann.sign_out()

        assert refused_after_s(lambda: ann.fetch(app)) < PROMISE_S
        assert "/sign-in" in str(ann.open(app).url)

    def test_comes_within_5_s_of_losing_access(self, platform: Platform, ann: Browser, app: str) -> None:
        platform.api.put("/apps/closed/access", json={"access": "chosen", "users": []}).raise_for_status()

        took_s = refused_after_s(lambda: ann.fetch(app))
        page = ann.open(app)

        platform.api.put("/apps/closed/access", json={"access": "members"}).raise_for_status()
        assert took_s < PROMISE_S
        assert page.status_code == 403
        assert "admin@example.org" in page.text
        platform.until(lambda: ann.open(app).status_code == 200)

    def test_comes_within_5_s_of_a_changed_password(self, platform: Platform, browser: Browser, app: str) -> None:
        add_person(platform, "pat@example.org")
        browser.sign_in("pat@example.org", PASSWORD)
        browser.open(app)
        code = (
            "from workspaces.models import User; pat = User.objects.get(email='pat@example.org');"
            "pat.set_password('another one'); pat.save()"
        )
        platform.manage("shell", "--no-imports", "-c", code)

        assert refused_after_s(lambda: browser.fetch(app)) < PROMISE_S

    def test_comes_within_5_s_of_deactivation(self, platform: Platform, browser: Browser, app: str) -> None:
        add_person(platform, "dan@example.org")
        browser.sign_in("dan@example.org", PASSWORD)
        assert browser.open(app).status_code == 200
        members = platform.api.get("/members", params={"limit": 200}).json()["results"]
        dan = next(member for member in members if member["email"] == "dan@example.org")
        platform.api.delete(f"/members/{dan['uuid']}").raise_for_status()

        assert refused_after_s(lambda: browser.fetch(app)) < PROMISE_S

    def test_tells_a_stranger_nothing_but_the_address(self, browser: Browser, app: str) -> None:
        browser.sign_in("eve@example.org", PASSWORD)

        page = browser.open(app)
        nowhere = browser.open(f"{browser.home}/open?host=no-such-app.apps.localhost")

        assert (page.status_code, nowhere.status_code) == (403, 403)
        assert "Demo" not in page.text
        assert "admin@example.org" not in page.text
        assert page.text.replace("closed-demo", "").count("closed") == 0


class TestTokens:
    def test_let_programs_in_and_stay_here(self, platform: Platform, app: str) -> None:
        headers = platform.get("closed", headers=_bearer(platform.credentials["token"])).json()["headers"]

        assert headers["x-forwarded-email"] == "admin@example.org"
        assert "authorization" not in headers

    @pytest.mark.parametrize("token", ["slw_wrong", "wrong"])
    def test_that_are_none_are_refused(self, token: str, platform: Platform, app: str) -> None:
        answer = platform.get("closed", headers=_bearer(token))

        assert answer.status_code == 401
        assert answer.headers["www-authenticate"].startswith("Bearer")

    def test_that_are_revoked_are_refused_within_5_s(self, platform: Platform, app: str) -> None:
        made = platform.api.post("/tokens", json={"label": "short"}).json()
        assert platform.get("closed", headers=_bearer(made["token"])).status_code == 200
        platform.api.delete(f"/tokens/{made['uuid']}").raise_for_status()

        assert refused_after_s(lambda: platform.get("closed", headers=_bearer(made["token"]))) < PROMISE_S

    def test_of_a_stranger_open_nothing(self, platform: Platform, app: str) -> None:
        code = (
            "import json; from workspaces import principals; from workspaces.models import User;"
            "from workspaces.operations import access_tokens;"
            "eve = principals.of_user(User.objects.get(email='eve@example.org'), 'elsewhere');"
            "print(json.dumps(access_tokens.create(eve, label='journey')[1]))"
        )
        token = json.loads(platform.manage("shell", "--no-imports", "-c", code))

        assert platform.get("closed", headers=_bearer(token)).status_code == 401


class TestEveryone:
    def test_needs_no_sign_in_and_leaves_authorization_to_the_app(self, platform: Platform, app: str) -> None:
        platform.api.put("/apps/closed/access", json={"access": "everyone"}).raise_for_status()
        platform.until(lambda: platform.get("closed").status_code == 200)

        headers = platform.get("closed", headers=_bearer("the-apps-own")).json()["headers"]

        platform.api.put("/apps/closed/access", json={"access": "members"}).raise_for_status()
        assert headers["authorization"] == "Bearer the-apps-own"
        assert "x-forwarded-user" not in headers
        platform.until(lambda: platform.get("closed").status_code == 401)


class TestStopped:
    def test_says_so_only_to_those_who_may_see_the_app(self, platform: Platform, ann: Browser, app: str) -> None:
        platform.api.post("/apps/closed/stop").raise_for_status()
        platform.until(lambda: "stopped" in ann.open(app).text)

        stranger = platform.get("closed")

        platform.api.post("/apps/closed/start").raise_for_status()
        assert (stranger.status_code, "stopped" in stranger.text) == (401, False)
        platform.until(lambda: ann.open(app).status_code == 200)


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}
