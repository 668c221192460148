"""What people do to their accounts, seen in the audits of their workspaces."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.world import PASSWORD, World
from workspaces.models import AuditEvent, Membership
from workspaces.operations import memberships

FROM = {"X-Forwarded-For": "192.0.2.7"}


@pytest.fixture(autouse=True)
def _nobody_has_guessed() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


def sign_in(email: str, password: str = PASSWORD) -> Client:
    client = Client(headers=FROM)
    client.post("/sign-in", {"login": email, "password": password})
    return client


def rows() -> list[tuple[str, str, str, str | None]]:
    found = AuditEvent.objects.filter(object_type="account").order_by("pk")
    return [(row.workspace.slug, row.actor_name, row.verb, row.address) for row in found]


class TestSignIns:
    def test_are_rows_with_their_address(self, world: World) -> None:
        sign_in("bob@example.org")

        assert rows() == [("acme", "Bob", "signed in as", "192.0.2.7")]
        assert AuditEvent.objects.get(object_type="account").details == {"steps": ["password"]}

    def test_are_rows_of_each_workspace_that_says_nothing_of_the_others(self, world: World) -> None:
        Membership.objects.create(workspace=world.charlie.workspace, user=world.bob.user)

        sign_in("bob@example.org")

        assert [slug for slug, *_ in rows()] == ["acme", "globex"]
        event = AuditEvent.objects.get(object_type="account", workspace=world.alice.workspace)
        assert "globex" not in str(vars(event)).lower()

    def test_concern_no_workspace_that_the_person_has_left(self, world: World) -> None:
        Membership.objects.create(workspace=world.charlie.workspace, user=world.bob.user)
        [left] = Membership.objects.filter(user=world.bob.user, workspace=world.alice.workspace)
        memberships.deactivate(world.alice, left, now=left.created_at)

        sign_in("bob@example.org")
        sign_in("bob@example.org", "wrong")

        assert [slug for slug, *_ in rows()] == ["globex", "globex"]

    def test_that_fail_are_nobodys(self, world: World) -> None:
        sign_in("Bob@example.org", "wrong")

        assert rows() == [("acme", "Somebody", "failed to sign in as", "192.0.2.7")]

    def test_that_fail_for_unknown_people_leave_nothing_and_ask_the_database_the_same(self, world: World) -> None:
        asked = []
        for email in ("bob@example.org", "bill@example.org"):
            with CaptureQueriesContext(connection) as queries:
                sign_in(email, "wrong")
            asked.append([re.sub(r"'[^']*'|_curs_\w+|\bs\d+_x\d+", "?", query["sql"]) for query in queries])

        assert len(rows()) == 1
        assert asked[0] == asked[1] != []


class TestAccounts:
    def test_are_signed_out_of(self, world: World) -> None:
        sign_in("bob@example.org").post("/sign-out")

        assert rows()[-1] == ("acme", "Bob", "signed out as", "192.0.2.7")

    def test_get_new_passwords(self, world: World) -> None:
        new = {"password1": "a wholly new phrase", "password2": "a wholly new phrase"}
        sign_in("bob@example.org").post("/account/password", {"oldpassword": PASSWORD, **new})

        assert rows()[-1] == ("acme", "Bob", "changed the password of", "192.0.2.7")

    def test_get_new_passwords_by_a_link(self, world: World) -> None:
        world.alice.user.is_superuser = True
        bob = Membership.objects.get(user=world.bob.user)
        link = memberships.make_password_link(world.alice, bob).removeprefix("http://localhost:8000")
        browser = Client(headers=FROM)

        form = browser.get(link)["Location"]
        browser.post(form, {"password1": "a wholly new phrase", "password2": "a wholly new phrase"})

        assert rows() == [("acme", "Bob", "changed the password of", "192.0.2.7")]

    def test_get_and_lose_second_steps(self, world: World, django_capture_on_commit_callbacks: Any) -> None:
        browser = sign_in("bob@example.org")
        browser.post("/account/confirm", {"password": PASSWORD})
        page = browser.get("/account/security/app").content.decode()
        [secret] = re.findall(r'id="totp-secret">(\w+)<', page)
        with django_capture_on_commit_callbacks(execute=True):
            browser.post("/account/security/app", {"code": _code(secret)})
        guesser = sign_in("bob@example.org")
        guesser.post("/sign-in/second-step", {"code": "000000"})
        browser.post("/account/security/app/remove")

        verbs = [verb for _, _, verb, _ in rows()]
        assert verbs == [
            "signed in as",
            "added a second step to",
            "added a second step to",
            "failed the second step of",
            "removed a second step from",
            "removed a second step from",
        ]
        kinds = [event.details.get("kind") for event in AuditEvent.objects.filter(object_type="account")]
        assert {"totp", "recovery_codes"} <= set(kinds)


class TestRows:
    def test_are_searched_and_exported_like_the_rest(self, world: World) -> None:
        sign_in("bob@example.org", "wrong")
        alice = Client()
        alice.force_login(world.alice.user)

        listed = alice.get(reverse("admin:workspaces_auditevent_changelist"), {"q": "bob@example.org"})
        token = {"Authorization": f"Bearer {world.token(world.alice)}"}
        exported = Client().get("/api/v1/audit", {"object_type": "account"}, headers=token).json()["results"]

        assert [event.verb for event in listed.context["cl"].result_list] == ["failed to sign in as"]
        assert [(row["actor"], row["verb"], row["object_name"]) for row in exported] == [
            ("Somebody", "failed to sign in as", "bob@example.org")
        ]


def _code(secret: str) -> str:
    counters = list(yield_hotp_counters_from_time())
    return str(format_hotp_value(hotp_value(secret, counters[len(counters) // 2])))
