"""A walk over every page of the product: what axe finds on it, on a screen and on a phone, in light and in dark;
that nothing of it comes from elsewhere; that it fits a phone.

A page that is new fails ``TestWalk`` until it stands in a list here, or is said to be none.
"""

import os
import re
import time
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from django.urls import resolve
from django.urls.resolvers import URLResolver
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, expect

from deployments import layout
from deployments import urls as deployments_urls
from deployments.logs.lines import Line
from deployments.logs.segments import Writer
from deployments.models import App, EventKind, Instance, InstanceState, SecretReference, State
from deployments.operations import apps, deployments, env_vars
from deployments.operations.serving import Own
from deployments.venvs.lock import Origin
from tests.chromium import PATIENCE_MS
from tests.deployments.locked import INTERNAL, deployed, package
from tests.world import PASSWORD, World
from workspaces import urls as workspaces_urls
from workspaces.models import ScopePermission, User
from workspaces.operations import groups, invitations, scope_acls, secret_scopes, secrets

#: Evaluated through the debugger's protocol, which no Content-Security-Policy holds back.
AXE = (files("axe_playwright_python") / "axe.min.js").read_text()
VIOLATIONS = """async (rules) => (await axe.run(document, {
    resultTypes: ["violations"], ...(rules.length && {runOnly: {type: "rule", values: rules}}),
  })).violations
  .filter(({impact}) => ["serious", "critical"].includes(impact))
  .flatMap(({id, nodes}) => nodes.map(({target, failureSummary}) => [id, target.flat().join(" "), failureSummary]))"""
ALL: tuple[str, ...] = ()
#: All that the scheme decides; the rest was looked at in the other.
COLOURS = ("color-contrast", "link-in-text-block")
LOOKS = (("light", 1280, ALL), ("dark", 1280, COLOURS), ("dark", 390, COLOURS), ("light", 390, ALL))

LONG = "a-name-as-long-as-names-may-be-which-few-people-would-ever-give"
HELLO = "/w/acme/apps/hello"
NOWHERE = "nowhere.apps.localhost"
#: Addresses by who walks them. Charlie is alone in a workspace with an app to which nothing was ever deployed.
PAGES = {
    "nobody": (
        "/sign-in", "/password", "/password/sent", "/password/done", "/password/new/1-x", "/sign-in/cancelled",
        "/account/inactive", "/invitations/{invitation}", "/invitations/nothing",
    ),
    "alice at an app": (
        HELLO, f"{HELLO}/deployments", f"{HELLO}/logs", f"{HELLO}/logs?q=get", f"{HELLO}/logs?deployment=2",
        f"{HELLO}/packages", f"{HELLO}/environment", f"{HELLO}/environment?edit=LOG_LEVEL", f"{HELLO}/access",
        f"{HELLO}/settings", f"{HELLO}/opt-out", f"{HELLO}/deploy",
        f"{HELLO}/deployments/1", f"{HELLO}/deployments/2", f"{HELLO}/deployments/3", f"{HELLO}/deployments/4",
        f"{HELLO}/deployments/2/packages", f"{HELLO}/deployments/1/activate", f"{HELLO}/deployments/3/activate",
        f"{HELLO}/deployments/3/again",
    ),
    "alice": (
        "/w/acme/apps", "/w/acme/apps/new", f"/w/acme/apps/{LONG}", f"/w/acme/apps/{LONG}/settings",
        "/w/acme/packages", "/w/acme/packages?name=flask&all=1", "/w/acme/scopes", "/w/acme/scopes/prod",
        "/w/acme/scopes/prod/secrets/password/delete", "/w/acme/people", "/w/acme/people/groups/{group}",
        "/account/tokens", "/account/connections", "/sign-out", "/w/acme/apps/nowhere", "/w/nowhere/apps",
        f"/manage?host={NOWHERE}", f"/open?host={NOWHERE}",
    ),
    "bob": ("/w/acme/people", "/admin/"),
    "charlie": (
        "/w/globex/apps", "/w/globex/apps/empty", "/w/globex/apps/empty/deployments", "/w/globex/apps/empty/logs",
        "/w/globex/apps/empty/packages", "/w/globex/apps/empty/environment", "/w/globex/scopes",
        "/w/globex/packages", "/w/globex/people", "/account/tokens", "/account/password", "/account/confirm",
        "/account/security", "/account/security/app",
    ),
    "admin": (
        "/admin/", "/admin/deployments/app/", "/admin/packagerepos/prohibitedpackage/add/",
        "/admin/package-repositories/", "/admin/package-policy/", "/admin/packagerepos/externalpackage/",
        "/admin/deployments/environment/", "/admin/deployments/baseimage/",
        "/admin/deployments/baseimageversion/add/", "/admin/packages/?name=flask&all=1",
    ),
    "root": ("/admin/", "/admin/deployments/environment/", "/admin/deployments/baseimageversion/", "/admin/packages/",
             "/account/security/recovery-codes/new"),
}  # fmt: skip
#: What is no page, or none that is there by itself, by the names of the addresses.
NO_PAGES = {
    "does something, and leads to a page": (
        "restore-app", "start-app", "stop-app", "remove-env-var", "paste-env-vars", "configure-app", "scale-app",
        "convert-app-back", "hand-over-app", "delete-app", "fix", "cancel", "change-role",
        "deactivate-member", "reactivate-member", "password-link", "revoke-invitation", "new-group", "delete-group",
        "remove-group-member", "revoke-token", "put-secret", "put-grant", "delete-grant", "delete-scope", "home",
        "draft", "accept-opt-out", "discard-opt-out",
    ),
    "is an app's own": (
        "content-address", "content-front-page", "content-bundle", "content-in-bundle", "content-path",
    ),
    "speaks to scripts": ("app-name", "deployment-log", "deployment-timeline"),
    "is a file": ("requirements-lock", "sbom", "mfa_download_recovery_codes"),
    "stands between here and another's sign-in": (
        "openid_connect_login", "openid_connect_callback", "socialaccount_signup",
    ),
    "is for people without a password": ("account_set_password",),
    "asks for a second step, or shows it once it is set up": (
        "mfa_authenticate", "mfa_reauthenticate", "mfa_deactivate_totp", "mfa_view_recovery_codes",
    ),
}  # fmt: skip


@pytest.fixture
def context(browser: Browser, server: str) -> Iterator[BrowserContext]:
    # What fades would be caught between two colours.
    context = browser.new_context(base_url=server, reduced_motion="reduce")
    context.set_default_timeout(PATIENCE_MS)
    yield context
    context.close()


@pytest.fixture
def fill(people: World) -> dict[str, str]:
    """What stands for ``{group}`` and ``{invitation}``, in a world that has something on every page."""
    now = timezone.now()
    alice = people.alice
    _much_of(people, people.app("hello"))
    people.app(LONG)
    apps.delete(alice, people.app("gone"), now=now)
    apps.create(people.charlie, name="empty")
    scope = secret_scopes.create(alice, name="prod")
    secrets.put(alice, scope, key="password", value=b"horse", now=now)
    scope_acls.put(alice, scope, grantee="users", permission=ScopePermission.READ)
    group = groups.create(alice, name="data")
    groups.add_member(alice, group, people.bob.user)
    people.token(alice)
    _, invitation = invitations.create(alice, email="dora@example.org", role="member", now=now)
    env_vars.change(
        alice, App.objects.get(name="hello"),
        {"LOG_LEVEL": "debug", "DB_PASSWORD": SecretReference("prod", "password"), "EMPTY": ""},
    )  # fmt: skip
    return {"group": str(group.uuid), "invitation": invitation}


def _much_of(people: World, app: App) -> None:
    """Deployment 1 was active, 2 is, 3 has failed, 4 is being built; all have logs."""
    deployed(people, app, package("flask", "3.0.3"), package("werkzeug", "3.1.3", origin=Origin.TRANSITIVE))
    active = deployed(people, app, package("flask", "3.1.0"), package("acme-auth", "2026.11.25.post1", index=INTERNAL))
    Instance.objects.create(workspace=app.workspace, deployment=active, state=InstanceState.HEALTHY)
    own = Own(["python", "app.py", "--trial"], {"A_VARIABLE_WITH_A_LONG_NAME_OF_ITS_OWN": "1"}, "/ready", 90)
    failed = deployments.request(people.alice, app, bundle=people.bundle(), own=own)
    failed.move(State.BUILDING)
    failed.events.create(at=timezone.now(), kind=EventKind.STEP_STARTED, name="lock")
    sentence = "No package index has “a-package-with-a-long-name-that-nobody-ever-published-anywhere-at-all==1.0”."
    failed.move(State.FAILED, failure_message=sentence, failure_hint="Is its name right?")
    building = deployments.request(people.alice, app, bundle=people.bundle())
    building.move(State.BUILDING)
    building.events.create(at=timezone.now(), kind=EventKind.STEP_STARTED, name="unpack")
    texts = ("── Resolving packages", "get /" + "a" * 300, "POST <b>")
    lines = [Line(time.time(), "web-1", text) for text in texts]
    for folder in (layout.app_log(app), layout.build_log(failed), layout.build_log(building)):
        Writer(folder).append(lines)


class TestWalk:
    @pytest.mark.parametrize("who", PAGES)
    def test_finds_nothing_grave(
        self, who: str, context: BrowserContext, people: World, fill: dict[str, str], server: str
    ) -> None:
        page = context.new_page()
        if who != "nobody":
            _enter(page, people, who)
        complaints = [
            complaint for address in PAGES[who] for complaint in Visit(page, server, who).to(address.format(**fill))
        ]

        assert not complaints, "\n".join(complaints)

    def test_would_find_it(self, context: BrowserContext, people: World, server: str) -> None:
        page = context.new_page()
        page.route("**/bad", lambda route: route.fulfill(body=BAD, content_type="text/html", headers=STRICT))

        complaints = "\n".join(Visit(page, server, "nobody").to("/bad"))

        for expected in (
            "light, 1280: color-contrast", "dark, 390: color-contrast", "light, 390: label", "390: 2008 pixels wide",
            "loads https://elsewhere.test/x.js", "Content Security Policy",
        ):  # fmt: skip
            assert expected in complaints

    def test_goes_everywhere(self) -> None:
        walked = {
            resolve(urlsplit(address.format(group=uuid4(), invitation="x")).path).url_name
            for addresses in PAGES.values()
            for address in addresses
            if not address.startswith(("/admin/", "/nowhere"))
        }
        excused = {name for names in NO_PAGES.values() for name in names}

        assert set(_names(deployments_urls)) | set(_names(workspaces_urls)) == walked | excused
        assert not walked & excused


BAD = """<html lang="en"><title>Bad</title><main><h1>Bad</h1><p style="color: #aaa; background: #fff">pale</p>
  <input style="width: 2000px"><script src="https://elsewhere.test/x.js"></script></main>"""
STRICT = {"Content-Security-Policy": "script-src 'self'"}


def _names(module: Any) -> Iterator[str]:
    for pattern in module.urlpatterns:
        if isinstance(pattern, URLResolver):
            yield from _names(pattern.urlconf_module)
        else:
            yield pattern.name


class TestKeyboard:
    def test_skips_to_the_content(self, page: Page, people: World) -> None:
        people.app("hello")
        page.goto(HELLO)

        page.keyboard.press("Tab")
        expect(page.get_by_role("link", name="Skip to the content")).to_be_in_viewport()
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")

        expect(page.get_by_role("navigation", name="Breadcrumb").get_by_role("link")).to_be_focused()

    def test_sees_where_it_is(self, page: Page, people: World, fill: dict[str, str]) -> None:
        for address in (f"{HELLO}/settings", f"{HELLO}/logs", f"{HELLO}/access", "/w/acme/apps/new"):
            page.goto(address)
            for _ in range(40):
                page.keyboard.press("Tab")
                assert page.evaluate(IS_SEEN), f"{address}: {page.evaluate('document.activeElement.outerHTML')[:200]}"

    def test_is_asked_and_answers(self, page: Page, people: World) -> None:
        people.token(people.alice)
        page.goto("/account/tokens")
        page.locator("details.confirm summary").focus()

        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")

        expect(page.get_by_text("The token “test” no longer works.")).to_be_visible()


#: The focused element, or what stands for it, has an outline and is not hidden behind anything.
IS_SEEN = """() => {
  const focused = document.activeElement;
  if (focused === document.body) return true;
  const drawn = [focused, focused.closest("label")].filter(Boolean).map((element) => getComputedStyle(element));
  const { width, height } = focused.getBoundingClientRect();
  return drawn.some(({ outlineStyle, outlineWidth }) => outlineStyle !== "none" && outlineWidth !== "0px")
    && width > 0 && height > 0;
}"""


def _enter(page: Page, people: World, who: str) -> None:
    name = "alice" if who == "admin" else who.split()[0]
    if who == "root":
        User.objects.create_superuser("root@example.org", PASSWORD, name="Root")
    page.goto("/sign-in")
    page.get_by_label("E-mail").fill(f"{name}@example.org")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(re.compile(r"/w/|/admin|/$"))


class Visit:
    """Of one page: what is wrong with it in each of the ``LOOKS``."""

    def __init__(self, page: Page, server: str, who: str) -> None:
        self._page = page
        self._server = server
        self._who = who
        self._complaints: list[str] = []

    def to(self, address: str) -> list[str]:
        page, listeners = self._page, {"console": self._hear, "request": self._watch, "pageerror": self._fail}
        for event, listener in listeners.items():
            page.on(event, listener)
        page.set_viewport_size({"width": LOOKS[0][1], "height": 900})
        page.emulate_media(color_scheme=LOOKS[0][0])
        page.goto(address, wait_until="load")
        if address.startswith("/account/") and urlsplit(page.url).path == "/account/confirm" != address:
            page.get_by_label("Password").fill(PASSWORD)
            page.get_by_role("button", name="Go on").click()
            page.wait_for_url(f"**{address}")
        page.evaluate(AXE)
        for scheme, width, rules in LOOKS:
            self._look(scheme, width, rules)
        for event, listener in listeners.items():
            page.remove_listener(event, listener)
        return [f"{address} ({self._who}): {complaint}" for complaint in self._complaints]

    def _look(self, scheme: str, width: int, rules: tuple[str, ...]) -> None:
        page = self._page
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size({"width": width, "height": 900})
        found = page.evaluate(VIOLATIONS, list(rules))
        self._complaints += [f"{scheme}, {width}: {rule} at {where}: {why}" for rule, where, why in found]
        reach = page.evaluate("document.documentElement.scrollWidth")
        if reach > width:
            self._complaints.append(f"{width}: {reach} pixels wide")
        self._shoot(scheme, width)

    def _shoot(self, scheme: str, width: int) -> None:
        if folder := os.environ.get("SHOTS"):
            name = re.sub(r"[^a-z0-9]+", "-", urlsplit(self._page.url).path.lower() + urlsplit(self._page.url).query)
            self._page.screenshot(path=Path(folder) / f"{self._who}{name}.{scheme}.{width}.png", full_page=True)

    def _hear(self, message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text or "Content-Security-Policy" in message.text:
            self._complaints.append(message.text)

    def _watch(self, request: Request) -> None:
        if not request.url.startswith((f"{self._server}/", "data:")):
            self._complaints.append(f"loads {request.url}")

    def _fail(self, error: Any) -> None:
        self._complaints.append(f"a script failed: {error}")
