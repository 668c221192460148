"""Passwords and second steps, through the library's pages at our addresses."""

import re
import threading
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.conf import settings
from django.core import mail
from django.test import Client

from tests.world import PASSWORD, World
from workspaces import second_factors
from workspaces.encryption import generate_key
from workspaces.mail import THREAD
from workspaces.sealing import key_ring


@pytest.fixture
def alice(world: World, client: Client) -> Client:
    client.post("/sign-in", {"login": "alice@example.org", "password": PASSWORD})
    return client


def code(secret: str) -> str:
    counters = list(yield_hotp_counters_from_time())
    return format_hotp_value(hotp_value(secret, counters[len(counters) // 2]))


def set_up_app(browser: Client) -> str:
    """Such a change wants the password once more."""
    assert browser.get("/account/security/app")["Location"].startswith("/account/confirm")
    browser.post("/account/confirm", {"password": PASSWORD})
    page = browser.get("/account/security/app").content.decode()
    secret = re.search(r'id="totp-secret">(\w+)<', page)
    assert secret is not None
    assert browser.post("/account/security/app", {"code": code(secret[1])}).status_code == 302
    return secret[1]


class TestPassword:
    def test_is_changed_by_whoever_knows_it(self, world: World, alice: Client) -> None:
        words = {"oldpassword": PASSWORD, "password1": "a wholly new phrase", "password2": "a wholly new phrase"}

        alice.post("/account/password", words)

        world.alice.user.refresh_from_db()
        assert world.alice.user.check_password("a wholly new phrase")
        assert alice.get("/")["Location"] == "/w/acme/apps"

    def test_change_ends_other_sessions(self, world: World, alice: Client) -> None:
        other = Client()
        other.force_login(world.alice.user)
        words = {"oldpassword": PASSWORD, "password1": "a wholly new phrase", "password2": "a wholly new phrase"}

        alice.post("/account/password", words)

        assert other.get("/")["Location"].startswith("/sign-in")

    @pytest.mark.parametrize("new", ["short", "password123", "alice@example.org"])
    def test_is_not_weak(self, new: str, world: World, alice: Client) -> None:
        alice.post("/account/password", {"oldpassword": PASSWORD, "password1": new, "password2": new})

        world.alice.user.refresh_from_db()
        assert world.alice.user.check_password(PASSWORD)


class TestForgottenPassword:
    def test_says_what_to_do_without_mail(self, db: None, client: Client) -> None:
        assert "This platform sends no mail." in client.get("/password").content.decode()

    def test_answers_alike_for_known_and_unknown(self, world: World, client: Client, settings: Any) -> None:
        settings.HAS_EMAIL = True

        answers = [client.post("/password", {"email": f"{name}@example.org"}) for name in ("alice", "nobody")]
        for thread in [thread for thread in threading.enumerate() if thread.name == THREAD]:
            thread.join()

        assert [(answer.status_code, answer["Location"]) for answer in answers] == [(302, "/password/sent")] * 2
        assert [message.to for message in mail.outbox] == [["alice@example.org"]]

    def test_mails_a_link_to_our_own_host(self, world: World, client: Client, settings: Any) -> None:
        settings.HAS_EMAIL = True

        client.post("/password", {"email": "alice@example.org"}, headers={"Host": "127.0.0.1:1"})
        for thread in [thread for thread in threading.enumerate() if thread.name == THREAD]:
            thread.join()

        assert f"{settings.URL}/password/new/" in mail.outbox[0].body


class TestSecondStep:
    def test_is_asked_for_after_the_password(self, world: World, alice: Client) -> None:
        secret = set_up_app(alice)
        browser = Client()

        first = browser.post("/sign-in", {"login": "alice@example.org", "password": PASSWORD})

        assert first["Location"] == "/sign-in/second-step"
        assert browser.get("/")["Location"].startswith("/sign-in")
        browser.post("/sign-in/second-step", {"code": "000000"})
        assert browser.get("/")["Location"].startswith("/sign-in")
        browser.post("/sign-in/second-step", {"code": code(secret)})
        assert browser.get("/")["Location"] == "/w/acme/apps"

    def test_can_be_a_recovery_code_once(self, world: World, alice: Client) -> None:
        set_up_app(alice)
        page = alice.get("/account/security/recovery-codes").content.decode()
        recovery = re.findall(r"<li><code>(\w+)</code>", page)[0]

        for expected in ("/w/acme/apps", None):
            browser = Client()
            browser.post("/sign-in", {"login": "alice@example.org", "password": PASSWORD})
            browser.post("/sign-in/second-step", {"code": recovery})
            assert (browser.get("/")["Location"] == "/w/acme/apps") == (expected is not None)

    def test_keeps_no_secret_in_clear(self, world: World, alice: Client) -> None:
        secret = set_up_app(alice)

        assert secret not in str(list(Authenticator.objects.values()))

    def test_follows_a_rotation_of_the_keys(self, world: World, alice: Client) -> None:
        secret = set_up_app(alice)
        old = settings.SECRET_KEYS_FILE.read_text()
        settings.SECRET_KEYS_FILE.write_text(f"{generate_key()}\n{old}")
        try:
            assert second_factors.reseal(key_ring()) == second_factors.Outcome(resealed=2, lost=0)
            assert second_factors.reseal(key_ring()) == second_factors.Outcome(resealed=0, lost=0)
            settings.SECRET_KEYS_FILE.write_text(settings.SECRET_KEYS_FILE.read_text().splitlines()[0] + "\n")
            totp = Authenticator.objects.get(type="totp")
            assert second_factors.SecondFactors().decrypt(totp.data["secret"]) == secret
        finally:
            settings.SECRET_KEYS_FILE.write_text(old)

    def test_pages_hold_nothing_that_our_policy_forbids(self, world: World, alice: Client) -> None:
        pages = [alice.get(f"/account/{page}") for page in ("security", "confirm", "password", "connections")]
        set_up_app(alice)
        codes = "/account/security/recovery-codes"
        pages += [
            alice.get(page) for page in ("/account/security", codes, f"{codes}/new", "/account/security/app/remove")
        ]

        assert {page.status_code for page in pages} == {200}
        for page in pages:
            assert not re.search(
                r"<style|style=|<script(?! type=.module. src=./static/)| on[a-z]+=", page.content.decode()
            )
