import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher
from django.core import mail
from django.db import connection
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from tests.world import PASSWORD, World
from workspaces.models import AuditEvent, Group, Invitation, Membership, Role, User
from workspaces.operations import groups, invitations
from workspaces.views import people

PEOPLE = "/w/acme/people"
LINK = re.compile(r'<code id="link">http://localhost:8000([^<]+)</code>')


@pytest.fixture
def alice(world: World) -> Client:
    client = Client()
    client.force_login(world.alice.user)
    return client


@pytest.fixture
def bob(world: World) -> Client:
    client = Client()
    client.force_login(world.bob.user)
    return client


def link_in(page: Any) -> str:
    found = LINK.search(page.content.decode())
    assert found is not None
    return found[1]


def writes(world: World) -> Iterator[str]:
    invitation, _ = invitations.create(world.alice, email="x@example.org", role="member", now=timezone.now())
    group = groups.create(world.alice, name="writers")
    for page in ("change-role", "deactivate-member", "reactivate-member", "password-link"):
        yield reverse(page, args=["acme", world.bob.user.uuid])
    yield reverse("revoke-invitation", args=["acme", invitation.uuid])
    yield reverse("group", args=["acme", group.uuid])
    yield reverse("delete-group", args=["acme", group.uuid])
    yield reverse("remove-group-member", args=["acme", group.uuid, world.bob.user.uuid])


class TestDoors:
    def test_are_closed_to_members(self, world: World, bob: Client) -> None:
        pages = [PEOPLE, *writes(world)]
        before = AuditEvent.objects.count()

        assert {bob.get(page).status_code for page in pages} == {403}
        assert {bob.post(page).status_code for page in pages} == {403}
        assert AuditEvent.objects.count() == before

    def test_are_closed_to_strangers(self, world: World, client: Client) -> None:
        client.force_login(world.charlie.user)
        pages = [PEOPLE, *writes(world)]

        assert {client.get(page).status_code for page in pages} == {404}
        assert {client.post(page).status_code for page in pages} == {404}

    def test_do_not_open_from_ones_own_workspace(self, world: World, client: Client) -> None:
        client.force_login(world.charlie.user)
        pages = [page.replace("/w/acme/", "/w/globex/") for page in writes(world)]

        assert {client.post(page).status_code for page in pages} == {404}

    def test_ask_nobody_but_members_of_the_header(self, world: World, alice: Client, bob: Client) -> None:
        assert PEOPLE in alice.get("/w/acme/apps").content.decode()
        assert PEOPLE not in bob.get("/w/acme/apps").content.decode()


class TestPeople:
    def test_lists_members_and_no_strangers(self, world: World, alice: Client) -> None:
        page = alice.get(PEOPLE).content.decode()

        assert "bob@example.org" in page
        assert "charlie" not in page.lower()

    def test_asks_the_database_as_often_for_many_members(
        self, world: World, alice: Client, django_assert_num_queries: Any
    ) -> None:
        groups.create(world.alice, name="writers")
        alice.get(PEOPLE)
        with CaptureQueriesContext(connection) as few:
            alice.get(PEOPLE)
        for number in range(20):
            person = User.objects.create_user(f"p{number}@example.org")
            Membership.objects.create(workspace=world.alice.workspace, user=person)
            group = Group.objects.create(workspace=world.alice.workspace, name=f"g{number}")
            group.members.add(person)

        with django_assert_num_queries(len(few)):
            alice.get(PEOPLE)

    def test_pages_through_many_members_and_finds_one(self, world: World, alice: Client) -> None:
        for number in range(people.PAGE_SIZE):
            person = User.objects.create_user(f"p{number:03}@example.org", name=f"Person {number}")
            Membership.objects.create(workspace=world.alice.workspace, user=person)

        first = alice.get(PEOPLE).content.decode()
        second = alice.get(PEOPLE, {"after": "p097@example.org"}).content.decode()
        found = alice.get(PEOPLE, {"q": "person 42"}).content.decode()

        assert "after=p097%40example.org" in first
        assert "p097@example.org" in first
        assert "p098@example.org" not in first
        assert "p098@example.org" in second
        assert "alice@example.org</span>" not in second
        assert "p042@example.org" in found
        assert "p043@example.org" not in found

    def test_shows_an_invitations_link_once(self, world: World, alice: Client) -> None:
        page = alice.post(PEOPLE, {"email": "dora@example.org", "role": "member"})

        link = link_in(page)
        assert "no-store" in page["Cache-Control"]
        assert link not in alice.get(PEOPLE).content.decode()
        assert "dora@example.org" in alice.get(PEOPLE).content.decode()

    def test_says_the_same_of_an_address_with_an_account_elsewhere(self, world: World, alice: Client) -> None:
        known = alice.post(PEOPLE, {"email": "charlie@example.org", "role": "member"})
        Invitation.objects.all().delete()
        unknown = alice.post(PEOPLE, {"email": "charlot@example.org", "role": "member"})

        assert normal(known) == normal(unknown)

    def test_mails_the_link_where_mail_is_set_up_and_shows_it_nowhere(self, world: World, alice: Client) -> None:
        with override_settings(HAS_EMAIL=True):
            page = alice.post(PEOPLE, {"email": "dora@example.org", "role": "member"})

        link = mailed_link()
        assert [message.to for message in mail.outbox] == [["dora@example.org"]]
        assert "The link was mailed to dora@example.org" in page.content.decode()
        assert link.rsplit("/", 1)[-1] not in page.content.decode()

    def test_says_what_is_wrong_and_keeps_what_was_typed(self, world: World, alice: Client) -> None:
        page = alice.post(PEOPLE, {"email": "bob@example.org", "role": "member"})

        assert page.status_code == 400
        assert "is a member of Acme already" in page.content.decode()
        assert 'value="bob@example.org"' in page.content.decode()

    def test_keeps_the_last_admin(self, world: World, alice: Client) -> None:
        page = alice.post(f"{PEOPLE}/{world.alice.user.uuid}/deactivate", follow=True)

        assert "Alice is the last admin of Acme and cannot be deactivated." in page.content.decode()

    def test_offers_a_password_link_to_site_admins_alone(self, world: World, alice: Client) -> None:
        refused = alice.post(f"{PEOPLE}/{world.bob.user.uuid}/password-link")

        assert refused.status_code == 403
        assert "Password link" not in alice.get(PEOPLE).content.decode()

    def test_makes_a_password_link_shown_once(self, world: World, alice: Client) -> None:
        User.objects.filter(pk=world.alice.pk).update(is_superuser=True)

        page = alice.post(f"{PEOPLE}/{world.bob.user.uuid}/password-link")

        assert Client().get(link_in(page), follow=True).status_code == 200
        assert "/password/new/" not in alice.get(PEOPLE).content.decode()


class TestInvitation:
    """By mail, so that whoever holds the link reads that mailbox."""

    @pytest.fixture
    def link(self, world: World, alice: Client) -> str:
        with override_settings(HAS_EMAIL=True):
            alice.post(PEOPLE, {"email": "dora@example.org", "role": "admin"})
        return mailed_link()

    def test_makes_an_account_and_signs_in(self, world: World, link: str, client: Client) -> None:
        answer = client.post(link, {"password": "a long enough phrase", "name": "Dora"})

        assert answer["Location"] == "/w/acme/apps"
        assert client.get("/w/acme/people").status_code == 200
        assert Membership.objects.get(user__email="dora@example.org").role == Role.ADMIN
        assert Client().get(link).status_code == 404

    @pytest.mark.parametrize("password", ["short", "password1234", "dora@example.org"])
    def test_takes_no_weak_password(self, password: str, link: str, client: Client) -> None:
        answer = client.post(link, {"password": password})

        assert answer.status_code == 400
        assert not User.objects.filter(email="dora@example.org").exists()

    def test_lets_a_known_person_in_with_their_own_password(self, world: World, alice: Client, client: Client) -> None:
        link = link_in(alice.post(PEOPLE, {"email": "charlie@example.org", "role": "member"}))

        signed_in = client.post(link, {"password": PASSWORD}, follow=True)
        joined = client.post(link)

        assert "Join as Charlie" in signed_in.content.decode()
        assert joined["Location"] == "/w/acme/apps"
        assert {row.slug for row in client.get("/w/acme/apps").context["workspaces"]} == {"acme", "globex"}

    def test_says_the_same_of_a_wrong_password_and_a_weak_one(self, world: World, alice: Client) -> None:
        known = link_in(alice.post(PEOPLE, {"email": "charlie@example.org", "role": "member"}))
        unknown = link_in(alice.post(PEOPLE, {"email": "dora@example.org", "role": "member"}))
        sentences = [
            re.findall(r'class="error"[^>]*>([^<]+)<', Client().post(link, {"password": "password"}).content.decode())
            for link in (known, unknown)
        ]

        assert sentences[0] == sentences[1] != []

    def test_is_not_for_somebody_else(self, world: World, link: str, bob: Client) -> None:
        page = bob.get(link)
        bob.post(link)

        assert "You are signed in as bob@example.org" in page.content.decode()
        assert Invitation.objects.get().accepted_at is None

    def test_counts_guesses(self, world: World, alice: Client, client: Client) -> None:
        link = link_in(alice.post(PEOPLE, {"email": "charlie@example.org", "role": "member"}))
        for _ in range(10):
            client.post(link, {"password": "a wrong guess"})

        page = client.post(link, {"password": PASSWORD}).content.decode()

        assert "Too many wrong passwords" in page


NEW = {"password": "a long enough phrase", "name": "Dora"}


class TestLinkThatWasShown:
    """Its holder may be the admin who made it, and must not learn which addresses have accounts."""

    @pytest.fixture
    def links(self, world: World, alice: Client) -> tuple[str, str]:
        """Of an address with an account in another workspace, and of one without."""
        addresses = ("charlie@example.org", "charlot@example.org")
        known, unknown = (link_in(alice.post(PEOPLE, {"email": email, "role": "admin"})) for email in addresses)
        return known, unknown

    @pytest.mark.parametrize(
        "form", [NEW, {"password": "a long enough phrase"}, {"password": "short"}, {"password": ""}, {}]
    )
    def test_answers_the_same_in_either_case(self, form: dict[str, str], links: tuple[str, str], alice: Client) -> None:
        answers = [Client().post(link, form) for link in links]
        seen_by_admin = [_row(alice.get(PEOPLE), name) for name in ("charlie", "charlot")]
        pages = [normal(Client().get(link)) for link in links]

        assert normal(answers[0]) == normal(answers[1])
        assert answers[0].status_code == answers[1].status_code
        assert sorted(answers[0].headers) == sorted(answers[1].headers)
        assert sorted(answers[0].cookies) == sorted(answers[1].cookies)
        assert pages[0] == pages[1]
        assert seen_by_admin[0] == seen_by_admin[1]

    @pytest.mark.parametrize("form", [NEW, {"password": "short"}])
    def test_asks_the_database_the_same_in_either_case(self, form: dict[str, str], links: tuple[str, str]) -> None:
        asked = []
        for link in links:
            Client().post(link, form)
            with CaptureQueriesContext(connection) as queries:
                Client().post(link, form)
            asked.append([re.sub(r"'[^']*'|\b\d+\b|_curs_\w+|\bs\d+_x\d+", "?", query["sql"]) for query in queries])

        assert asked[0] == asked[1] != []

    @pytest.mark.parametrize("form", [NEW, {"password": "a long enough phrase"}, {"password": "short"}])
    def test_hashes_as_often_in_either_case(
        self, form: dict[str, str], links: tuple[str, str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        hashed: list[str] = []
        encode = MD5PasswordHasher.encode

        def counting(self: MD5PasswordHasher, password: str, salt: str) -> str:
            hashed.append(password)
            return encode(self, password, salt)

        monkeypatch.setattr(MD5PasswordHasher, "encode", counting)
        counts = []
        for link in links:
            hashed.clear()
            Client().post(link, form)
            counts.append(len(hashed))

        assert counts[0] == counts[1] > 0

    def test_begins_no_account_and_says_who_decides(self, links: tuple[str, str], alice: Client) -> None:
        answer = Client().post(links[1], NEW)

        assert "Your request has been noted. A site admin lets you in" in answer.content.decode()
        assert not User.objects.filter(email="charlot@example.org").exists()
        assert "Waiting for a site admin" in alice.get(PEOPLE).content.decode()
        assert Invitation.objects.get(email="charlot@example.org").requested_password.startswith("md5$")

    def test_lets_a_known_person_in_also_after_a_request(self, links: tuple[str, str], client: Client) -> None:
        Client().post(links[0], NEW)

        client.post(links[0], {"password": PASSWORD})

        assert client.post(links[0])["Location"] == "/w/acme/apps"
        assert Invitation.objects.get(email="charlie@example.org").requested_password == ""


class TestGroups:
    def test_are_made_filled_and_deleted(self, world: World, alice: Client) -> None:
        page = alice.post(f"{PEOPLE}/groups", {"name": "writers"})["Location"]
        alice.post(page, {"member": str(world.bob.user.uuid)})
        group = Group.objects.get()
        assert list(group.members.all()) == [world.bob.user]

        alice.post(f"{page}/members/{world.bob.user.uuid}/remove")
        assert not group.members.exists()

        assert alice.post(f"{page}/delete")["Location"] == PEOPLE
        assert not Group.objects.exists()

    def test_take_no_stranger(self, world: World, alice: Client) -> None:
        group = groups.create(world.alice, name="writers")

        answer = alice.post(f"{PEOPLE}/groups/{group.uuid}", {"member": str(world.charlie.user.uuid)})

        assert answer.status_code == 400
        assert not group.members.exists()


def normal(page: Any) -> str:
    """Without what differs between two people, two tokens and two moments."""
    varying = r'charlie|charlot|csrfmiddlewaretoken" value="\w+|invitations/[\w-]+|datetime="[^"]+"|\d+:\d+'
    return re.sub(varying, "…", page.content.decode())


def _row(page: Any, name: str) -> str:
    """The line of that invitation in the table for admins."""
    [row] = [row for row in normal_rows(page) if name in row]
    return re.sub(name, "…", row)


def normal_rows(page: Any) -> list[str]:
    text = re.sub(
        r'csrfmiddlewaretoken" value="\w+|invitations/[\w-]+|datetime="[^"]+"|\d+:\d+', "…", page.content.decode()
    )
    return re.findall(r"<tr>.*?</tr>", text, re.DOTALL)


def mailed_link() -> str:
    for thread in _mail_threads():
        thread.join()
    [link] = [word for word in str(mail.outbox[-1].body).split() if "/invitations/" in word]
    return link.removeprefix("http://localhost:8000")


def _mail_threads() -> list[Any]:
    import threading

    from workspaces.mail import THREAD

    return [thread for thread in threading.enumerate() if thread.name == THREAD]
