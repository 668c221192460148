import re
from typing import Any

import pytest
from django.test import Client

from tests.world import PASSWORD, World
from workspaces.models import Membership


def sign_in(client: Client, email: str = "alice@example.org", password: str = PASSWORD, **fields: str) -> Any:
    address = fields.pop("address", "192.0.2.1")
    form = {"login": email, "password": password, **fields}
    return client.post("/sign-in", form, headers={"X-Forwarded-For": address})


def is_in(client: Client) -> bool:
    return bool(client.get("/")["Location"] == "/w/acme/apps")


class TestSignIn:
    def test_lets_in_whoever_knows_the_password(self, world: World, client: Client) -> None:
        answer = sign_in(client, email=" Alice@Example.org ")

        assert (answer.status_code, answer["Location"]) == (302, "/")
        assert is_in(client)

    @pytest.mark.parametrize(("email", "password"), [("alice@example.org", "wrong"), ("nobody@example.org", PASSWORD)])
    def test_does_not_say_which_of_the_two_is_wrong(
        self, email: str, password: str, world: World, client: Client
    ) -> None:
        page = sign_in(client, email, password).content.decode()

        assert "do not belong together" in page
        assert password not in page
        assert not is_in(client)

    def test_treats_somebody_deactivated_like_somebody_unknown(self, world: World, client: Client) -> None:
        world.alice.user.is_active = False
        world.alice.user.save()

        assert "do not belong together" in sign_in(client).content.decode()

    def test_goes_on_to_where_one_wanted(self, world: World, client: Client) -> None:
        assert sign_in(client, next="/w/acme/apps/hello?before=3")["Location"] == "/w/acme/apps/hello?before=3"

    @pytest.mark.parametrize(
        "elsewhere",
        [
            "https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)",
            "http://evil-globex.apps.localhost/",
        ],
    )  # fmt: skip
    def test_never_leads_elsewhere(self, elsewhere: str, world: World, client: Client) -> None:
        assert sign_in(client, next=elsewhere)["Location"] == "/"

    def test_stops_listening_to_guesses(self, world: World, client: Client) -> None:
        for _ in range(10):
            sign_in(client, password="guess")

        answer = sign_in(client)

        assert "Too many wrong passwords." in answer.content.decode()
        assert not is_in(client)

    def test_does_not_lock_the_owner_out_who_comes_from_elsewhere(self, world: World, client: Client) -> None:
        for _ in range(11):
            sign_in(client, password="guess")

        sign_in(client, address="192.0.2.2")

        assert is_in(client)

    def test_limits_guesses_at_one_account_from_everywhere(self, world: World, client: Client) -> None:
        for number in range(100):
            sign_in(client, password="guess", address=f"192.0.2.{number}")

        sign_in(client, address="198.51.100.1")

        assert not is_in(client)

    def test_takes_no_address_from_the_sender(self, world: World, client: Client) -> None:
        for number in range(10):
            sign_in(client, password="guess", address=f"203.0.113.{number}, 192.0.2.1")

        assert "Too many wrong passwords." in sign_in(client, address="203.0.113.99, 192.0.2.1").content.decode()

    def test_does_not_send_staff_who_are_not_in_a_circle(self, world: World, client: Client) -> None:
        client.force_login(world.bob.user)

        answer = client.get("/admin/", follow=True)

        assert answer.status_code in {200, 403}

    def test_has_no_page_to_sign_up(self, db: None, client: Client) -> None:
        assert {client.get(page).status_code for page in ("/signup", "/sign-up", "/accounts/signup/")} == {404}


class TestSignOut:
    def test_ends_the_session(self, world: World, client: Client) -> None:
        client.force_login(world.alice.user)

        answer = client.post("/sign-out", follow=True)

        assert "You are signed out." in answer.content.decode()
        assert not is_in(client)

    def test_is_not_done_by_a_link(self, world: World, client: Client) -> None:
        client.force_login(world.alice.user)

        client.get("/sign-out")

        assert is_in(client)


class TestFormerMember:
    def test_finds_no_workspace(self, world: World, client: Client) -> None:
        Membership.objects.filter(user=world.bob.user).delete()
        client.force_login(world.bob.user)

        answer = client.get("/")

        assert answer.status_code == 403
        assert "not a member of any workspace" in answer.content.decode()


class TestPages:
    @pytest.mark.parametrize(
        "page", ["/sign-in", "/password", "/password/sent", "/password/done", "/sign-in/cancelled"]
    )
    def test_hold_nothing_that_our_policy_forbids(self, page: str, db: None, client: Client) -> None:
        answer = client.get(page)

        assert answer.status_code == 200
        assert not re.search(
            r"<style|style=|<script(?! type=\"module\" src=\"/static/)| on[a-z]+=\"", answer.content.decode()
        )
