from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.world import World
from workspaces.models import Invitation, User
from workspaces.operations import invitations, join_requests

INVITATIONS = reverse("admin:workspaces_invitation_changelist")


@pytest.fixture
def waiting(world: World) -> Invitation:
    now = timezone.now()
    invitations.create(world.alice, email="emil@example.org", role="member", now=now)
    found, _ = invitations.create(world.alice, email="dora@example.org", role="admin", now=now)
    join_requests.note(found, password="a long enough phrase", name="Dora", now=now, address="192.0.2.7")
    return found


def let_in(row: Invitation, **more: str) -> dict[str, Any]:
    return {"action": "let_in", "_selected_action": [row.pk], **more}


class TestLetIn:
    def test_asks_first_and_says_what_it_will_do(self, waiting: Invitation, site_admin: Client) -> None:
        page = site_admin.post(INVITATIONS, let_in(waiting)).content.decode()

        assert "begins an account with the name and password that were typed behind the link" in page
        assert "dora@example.org, called Dora: admin of Acme, asked" in page
        assert "from 192.0.2.7" in page
        assert not User.objects.filter(email="dora@example.org").exists()

    def test_lets_in_once_confirmed(self, waiting: Invitation, site_admin: Client) -> None:
        site_admin.post(INVITATIONS, let_in(waiting, confirmed="yes"))

        signed_in = Client().post("/sign-in", {"login": "dora@example.org", "password": "a long enough phrase"})
        assert signed_in.status_code == 302

    def test_tells_the_site_admin_alone_of_an_account(self, world: World, alice: Client, site_admin: Client) -> None:
        now = timezone.now()
        found, _ = invitations.create(world.alice, email="charlie@example.org", role="member", now=now)
        join_requests.note(found, password="a long enough phrase", name="", now=now)

        told = site_admin.post(INVITATIONS, let_in(found, confirmed="yes"), follow=True).content.decode()

        assert "charlie@example.org has an account" in told
        assert "has an account" not in alice.get(INVITATIONS).content.decode()

    def test_is_not_offered_to_admins_of_a_workspace(self, waiting: Invitation, alice: Client) -> None:
        page = alice.get(INVITATIONS).content.decode()
        alice.post(INVITATIONS, let_in(waiting, confirmed="yes"))

        assert "Let them in" not in page
        assert not User.objects.filter(email="dora@example.org").exists()


class TestList:
    @pytest.mark.parametrize(("state", "emails"), [("waiting", ["dora@example.org"]), ("open", ["emil@example.org"])])
    def test_filters_by_state(self, state: str, emails: list[str], waiting: Invitation, alice: Client) -> None:
        rows = alice.get(INVITATIONS, {"state": state}).context["cl"].result_list

        assert [row.email for row in rows] == emails
