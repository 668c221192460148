import io

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from config import email, single_sign_on
from config.env import BadSetting
from tests.world import World
from workspaces.models import Membership, Role, Workspace

HOST = "http://localhost:8000"


def output(*command: str) -> str:
    out = io.StringIO()
    call_command(*command, stdout=out)
    return out.getvalue().strip().splitlines()[-1].removeprefix(HOST)


class TestCreateWorkspace:
    def test_prints_the_link_of_the_first_admin(self, db: None) -> None:
        link = output("create_workspace", "initech", "Initech", "Peter@example.org")

        answer = Client().post(link, {"password": "a long enough phrase"})

        assert answer["Location"] == "/w/initech/apps"
        member = Membership.objects.get(workspace__slug="initech")
        assert (member.user.email, member.role) == ("peter@example.org", Role.ADMIN)

    def test_makes_a_new_link_while_nobody_has_joined(self, db: None) -> None:
        first = output("create_workspace", "initech", "Initech", "peter@example.org")
        second = output("create_workspace", "initech", "Initech", "peter@example.org")

        assert [Client().get(link).status_code for link in (first, second)] == [404, 200]

    def test_does_not_open_somebody_elses(self, world: World) -> None:
        with pytest.raises(CommandError, match="'acme' has an admin already"):
            output("create_workspace", "acme", "Acme", "mallory@example.org")

    def test_leaves_nothing_behind_a_bad_address(self, db: None) -> None:
        with pytest.raises(CommandError, match="not an e-mail address"):
            output("create_workspace", "initech", "Initech", "peter")

        assert not Workspace.objects.exists()


class TestPasswordLink:
    def test_prints_one_that_works(self, world: World) -> None:
        page = Client().get(output("password_link", "Alice@example.org"), follow=True)

        assert "Choose a new password" in page.content.decode()

    def test_says_that_it_knows_nobody(self, db: None) -> None:
        with pytest.raises(CommandError, match="no active person"):
            output("password_link", "nobody@example.org")


class TestServer:
    @pytest.mark.parametrize(
        ("address", "expected"),
        [
            ("smtp://mail.example.org", ("mail.example.org", 25, "", "", False, False)),
            ("smtp+tls://me:p%40ss@mail.example.org", ("mail.example.org", 587, "me", "p@ss", True, False)),
            ("smtps://me:pw@mail.example.org:2465", ("mail.example.org", 2465, "me", "pw", False, True)),
        ],
    )
    def test_is_read_from_an_address(self, address: str, expected: tuple[object, ...]) -> None:
        assert email.server(address) == email.Server(*expected)

    @pytest.mark.parametrize(
        "address", ["mail.example.org", "http://user:hunter2@x", "smtp://user:hunter2@x:port", "smtp://"]
    )
    def test_refuses_others_and_never_repeats_the_password(self, address: str) -> None:
        with pytest.raises(BadSetting) as refused:
            email.server(address)

        assert "SLIPWAY_EMAIL_URL" in refused.value.sentence
        assert "hunter2" not in refused.value.sentence


class TestSingleSignOn:
    def test_is_off_without_a_server(self) -> None:
        assert single_sign_on.providers(server_url="", client_id="", secret_file="", name="x") == {}

    def test_wants_a_client(self) -> None:
        with pytest.raises(BadSetting, match="SLIPWAY_OIDC_CLIENT_ID"):
            single_sign_on.providers(server_url="https://id.example.org", client_id="", secret_file="", name="x")

    def test_says_that_the_secret_cannot_be_read(self) -> None:
        with pytest.raises(BadSetting, match="SLIPWAY_OIDC_CLIENT_SECRET_FILE"):
            single_sign_on.providers(
                server_url="https://id.example.org", client_id="slipway", secret_file="/nowhere/at/all", name="x"
            )
