"""Signing in with a provider that speaks OpenID Connect: every request goes over the wire."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import httpx
import pytest
from allauth.socialaccount.models import SocialAccount
from django.db import connections
from oidc_provider_mock import User as Subject
from oidc_provider_mock import run_server_in_thread
from pytest_django import Settings

from config import single_sign_on
from tests import world
from tests.deployments.api.live import LiveServer
from tests.world import World
from workspaces.models import User

SUBJECTS = [
    Subject(sub="bob", claims={"email": "bob@example.org", "email_verified": True}),
    Subject(sub="bob-says-so", claims={"email": "bob@example.org", "email_verified": False}),
    Subject(sub="mallory", claims={"email": "mallory@example.org", "email_verified": True}),
]


@pytest.fixture
def provider(settings: Settings, tmp_path: Path) -> Iterator[str]:
    secret = tmp_path / "client-secret"
    secret.write_text("of the client\n")
    with run_server_in_thread(user_claims=SUBJECTS) as server:
        url = f"http://localhost:{server.server_port}"
        settings.SOCIALACCOUNT_PROVIDERS = single_sign_on.providers(
            server_url=url, client_id="slipway", secret_file=str(secret), name="Acme's directory"
        )
        yield url


@pytest.fixture
def people(transactional_db: None) -> World:
    return world.create()


@pytest.fixture
def browser(people: World, provider: str) -> Iterator[httpx.Client]:
    """One with cookies, before a real server of the platform."""
    database = connections.settings["default"]
    # Connections that outlive a request would keep the test database from being dropped.
    kept, database["CONN_MAX_AGE"] = database["CONN_MAX_AGE"], 0
    with LiveServer() as live, live.client() as client:
        yield client
    database["CONN_MAX_AGE"] = kept


def sign_in(browser: httpx.Client, provider: str, subject: str) -> httpx.Response:
    """As a browser does it; the page at the end. The platform's cookies are not the provider's."""
    begun = browser.get("/sign-in/with/sso/login")
    assert begun.status_code == 302, begun.text
    asked = begun.headers["location"]
    assert asked.startswith(f"{provider}/oauth2/authorize?")
    assert "code_challenge=" in asked
    allowed = httpx.post(asked, data={"sub": subject}, trust_env=False)
    assert allowed.status_code == 302, allowed.text
    answer = browser.get(allowed.headers["location"])
    while answer.is_redirect:
        target = urljoin(str(answer.url), answer.headers["location"])
        assert urlsplit(target).netloc == browser.base_url.netloc.decode()
        answer = browser.get(target)
    return answer


def test_the_page_to_sign_in_offers_the_provider(browser: httpx.Client) -> None:
    page = browser.get("/sign-in")
    assert "/sign-in/with/sso/login" in page.text
    assert "directory" in page.text


def test_a_member_signs_in_and_sees_the_apps(browser: httpx.Client, provider: str, people: World) -> None:
    assert browser.get("/w/acme/apps").is_redirect

    assert sign_in(browser, provider, "bob").status_code == 200

    assert browser.get("/w/acme/apps").status_code == 200
    assert browser.get("/w/globex/apps").status_code == 404
    assert SocialAccount.objects.get().user == people.bob.user
    bob = User.objects.get(pk=people.bob.user.pk)
    assert not bob.has_usable_password()


@pytest.mark.parametrize("subject", ["mallory", "bob-says-so"])
def test_nobody_else_gets_an_account(browser: httpx.Client, provider: str, people: World, subject: str) -> None:
    before = User.objects.count()

    page = sign_in(browser, provider, subject)

    assert "Ask an admin of a workspace for an invitation." in page.text
    assert browser.get("/w/acme/apps").is_redirect
    assert User.objects.count() == before
    assert not SocialAccount.objects.exists()
    assert User.objects.get(pk=people.bob.user.pk).has_usable_password()
