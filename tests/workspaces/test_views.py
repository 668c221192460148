import re

import pytest
from django.test import Client

from tests.world import PASSWORD, World
from workspaces import views
from workspaces.models import AccessToken, Membership
from workspaces.operations import access_tokens
from workspaces.sign_in_attempts import MAX_PER_ACCOUNT_AND_ADDRESS, WINDOW_S, SignInAttempts


@pytest.fixture(autouse=True)
def fresh_attempts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test begins as after a restart."""
    monkeypatch.setattr(views, "attempts", SignInAttempts())


def sign_in(client: Client, email: str = "alice@example.org", password: str = PASSWORD, **fields: str) -> object:
    return client.post("/sign-in", {"email": email, "password": password, **fields})


class TestSignIn:
    def test_lets_in_whoever_knows_the_password(self, world: World, client: Client) -> None:
        answer = sign_in(client, email=" Alice@Example.org ")

        assert (answer.status_code, answer["Location"]) == (302, "/")
        assert client.get("/")["Location"] == "/w/acme/apps"

    @pytest.mark.parametrize(("email", "password"), [("alice@example.org", "wrong"), ("nobody@example.org", PASSWORD)])
    def test_does_not_say_which_of_the_two_is_wrong(
        self, email: str, password: str, world: World, client: Client
    ) -> None:
        answer = sign_in(client, email, password)

        assert answer.status_code == 400
        assert "do not belong together" in answer.content.decode()
        assert password not in answer.content.decode()

    def test_refuses_somebody_deactivated(self, world: World, client: Client) -> None:
        world.alice.user.is_active = False
        world.alice.user.save()

        assert sign_in(client).status_code == 400

    def test_goes_on_to_where_one_wanted(self, world: World, client: Client) -> None:
        assert sign_in(client, next="/w/acme/apps/hello?before=3")["Location"] == "/w/acme/apps/hello?before=3"

    @pytest.mark.parametrize(
        "elsewhere", ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)"]
    )
    def test_never_leads_elsewhere(self, elsewhere: str, world: World, client: Client) -> None:
        assert sign_in(client, next=elsewhere)["Location"] == "/"

    def test_stops_listening_to_guesses(self, world: World, client: Client) -> None:
        for _ in range(MAX_PER_ACCOUNT_AND_ADDRESS):
            sign_in(client, password="guess")

        answer = sign_in(client)

        assert answer.status_code == 400
        assert "Too many wrong passwords. Try again in 15 minutes." in answer.content.decode()
        assert client.get("/")["Location"].startswith("/sign-in")

    def test_does_not_send_staff_who_are_not_in_a_circle(self, world: World, client: Client) -> None:
        client.force_login(world.bob.user)

        answer = client.get("/admin/", follow=True)

        assert answer.status_code == 200
        assert "Sign in" in answer.content.decode()


class TestSignInAttempts:
    def test_limits_an_account_from_one_address_and_not_from_another(self) -> None:
        attempts = SignInAttempts()
        for _ in range(MAX_PER_ACCOUNT_AND_ADDRESS):
            attempts.note_failure("alice", "192.0.2.1", now=100)

        assert attempts.wait_s("alice", "192.0.2.1", now=160) == WINDOW_S - 60
        assert attempts.wait_s("alice", "192.0.2.2", now=160) == 0

    def test_listens_again_after_the_window(self) -> None:
        attempts = SignInAttempts()
        for _ in range(MAX_PER_ACCOUNT_AND_ADDRESS):
            attempts.note_failure("alice", "192.0.2.1", now=100)

        assert attempts.wait_s("alice", "192.0.2.1", now=100 + WINDOW_S) == 0

    def test_limits_one_address_that_tries_many_accounts(self) -> None:
        attempts = SignInAttempts()
        for number in range(50):
            attempts.note_failure(f"user-{number}", "192.0.2.1", now=100)

        assert attempts.wait_s("alice", "192.0.2.1", now=100) > 0

    def test_a_right_password_ends_the_counting(self) -> None:
        attempts = SignInAttempts()
        for _ in range(MAX_PER_ACCOUNT_AND_ADDRESS - 1):
            attempts.note_failure("alice", "192.0.2.1", now=100)

        attempts.forget("alice", "192.0.2.1")
        attempts.note_failure("alice", "192.0.2.1", now=100)

        assert attempts.wait_s("alice", "192.0.2.1", now=100) == 0


class TestSignOut:
    def test_ends_the_session(self, world: World, client: Client) -> None:
        client.force_login(world.alice.user)

        answer = client.post("/sign-out", follow=True)

        assert "You are signed out." in answer.content.decode()
        assert client.get("/")["Location"].startswith("/sign-in")

    def test_is_not_done_by_a_link(self, world: World, client: Client) -> None:
        client.force_login(world.alice.user)

        client.get("/sign-out")

        assert client.get("/")["Location"] == "/w/acme/apps"


class TestTokens:
    def test_shows_a_new_one_once(self, world: World, client: Client) -> None:
        client.force_login(world.alice.user)

        created = client.post("/account/tokens", {"label": "CI", "lifetime": "90"})

        text = re.search(r'<code id="token">(slw_[^<]+)</code>', created.content.decode())[1]
        assert created["Cache-Control"].find("no-store") >= 0
        assert text not in client.get("/account/tokens").content.decode()
        assert AccessToken.objects.get().digest == access_tokens.digest(text)
        answer = Client().get("/api/v1/apps", headers={"Authorization": f"Bearer {text}"})
        assert answer.status_code == 200

    def test_revokes_ones_own(self, world: World, client: Client) -> None:
        client.force_login(world.alice.user)
        token, _ = access_tokens.create(world.alice, label="CI")

        client.post(f"/account/tokens/{token.uuid}/revoke")

        token.refresh_from_db()
        assert token.revoked_at is not None

    def test_does_not_find_somebody_elses(self, world: World, client: Client) -> None:
        client.force_login(world.alice.user)
        token, _ = access_tokens.create(world.bob, label="Bob's")

        answer = client.post(f"/account/tokens/{token.uuid}/revoke")

        token.refresh_from_db()
        assert answer.status_code == 404
        assert token.revoked_at is None
        assert "Bob" not in client.get("/account/tokens").content.decode()

    def test_says_when_there_is_no_workspace(self, world: World, client: Client) -> None:
        Membership.objects.filter(user=world.bob.user).delete()
        client.force_login(world.bob.user)

        for page in ("/account/tokens", "/"):
            answer = client.get(page)

            assert answer.status_code == 403
            assert "not a member of any workspace" in answer.content.decode()


class TestErrors:
    def test_an_unknown_address_gets_a_sentence(self, db: None, client: Client) -> None:
        answer = client.get("/nowhere")

        assert answer.status_code == 404
        assert "There is nothing at this address." in answer.content.decode()

    def test_pages_take_nothing_from_elsewhere(self, db: None, client: Client) -> None:
        answer = client.get("/sign-in")

        assert "default-src 'self'" in answer["Content-Security-Policy"]
        assert not re.search(
            r"<style|style=|<script(?! type=\"module\" src=\"/static/)| on[a-z]+=\"", answer.content.decode()
        )
