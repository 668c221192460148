import html
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from packagerepos import index_settings
from packagerepos.index_settings import EXTRA_INDEX_URLS, INDEX_URL
from packagerepos.operations import repositories
from packagerepos.operations.repositories import Wanted
from tests.clients import signed_in
from tests.private_index import PASSWORD, PrivateIndex
from workspaces.models import SecretScope, User

PAGE = "/admin/package-repositories/"
MAIN = "https://deploy:word-word@packages.example.com/simple"


@pytest.fixture
def alice(world) -> Client:
    return signed_in(world.alice.user)


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[PrivateIndex]:
    with PrivateIndex(tmp_path / "index") as index:
        index.add("acme")
        monkeypatch.setattr(settings, "ALLOWED_INTERNAL", [index.place])
        yield index


def sent(client: Client, action: str, **fields: str):
    fields = {"strategy": "first_match", "action": action, **fields}
    return client.post(PAGE, fields)


def draft_of(response) -> str:
    return html.unescape(re.search(r'name="draft" value="([^"]*)"', response.content.decode())[1])


def text_of(response) -> str:
    text = response.content.decode()
    assert "word-word" not in text
    assert PASSWORD not in html.unescape(text)
    return text


class TestPage:
    def test_shows_what_is_set_without_a_login(self, world, alice):
        repositories.save(world.alice, Wanted(index_url=MAIN, extra_index_urls=[MAIN + "2"]), now=timezone.now())

        text = text_of(alice.get(PAGE))

        assert 'value="https://***@packages.example.com/simple"' in text
        assert "last changed by Alice" in text

    def test_is_in_the_sidebar(self, alice):
        assert f'href="{PAGE}"' in alice.get("/admin/").content.decode()

    def test_is_linked_for_admins_alone(self, world, alice):
        assert f"{PAGE}?workspace=acme" in alice.get("/w/acme/packages").content.decode()
        assert PAGE not in signed_in(world.bob.user).get("/w/acme/packages").content.decode()

    def test_of_another_workspace_does_not_exist(self, world, alice):
        assert alice.get(f"{PAGE}?workspace=globex").status_code == 404
        assert sent(alice, "save", workspace="globex", index_url=MAIN).status_code == 404
        assert not SecretScope.objects.exists()

    def test_is_any_workspace_s_for_a_site_admin(self, world):
        root = signed_in(User.objects.create_superuser("root@example.org", name="Root"))

        sent(root, "save", workspace="globex", index_url=MAIN)

        assert index_settings.stored(world.charlie.workspace) == {INDEX_URL: MAIN}
        assert "Globex" in root.get(f"{PAGE}?workspace=globex").content.decode()

    def test_asks_the_database_as_often_for_many_indexes(self, world, alice, django_assert_max_num_queries):
        extra = [f"https://i{number}.example.com/simple" for number in range(19)]
        repositories.save(world.alice, Wanted(index_url=MAIN, extra_index_urls=extra), now=timezone.now())

        with django_assert_max_num_queries(20):
            alice.get(PAGE)


class TestSave:
    def test_saves_and_warns_of_an_index_that_does_not_answer(self, world, alice):
        response = sent(alice, "save", index_url="https://deploy:word-word@nowhere.invalid/simple")

        assert response.status_code == 302
        text = text_of(alice.get(response["Location"]))
        assert "Saved." in text
        assert "The host nowhere.invalid is not known." in text
        assert INDEX_URL in index_settings.stored(world.alice.workspace)

    def test_refuses_with_the_sentence_at_its_field_and_loses_nothing(self, world, alice):
        response = sent(
            alice, "save", index_url=MAIN, extra_index_urls="https://one.example.com\nftp://x:word-word@two.example.com"
        )

        assert response.status_code == 400
        text = text_of(response)
        assert "must begin with https:// or http://" in text
        assert "ftp://***@two.example.com" in text
        assert not SecretScope.objects.exists()

        again = sent(
            alice,
            "save",
            draft=draft_of(response),
            index_url="https://***@packages.example.com/simple",
            extra_index_urls="https://one.example.com",
        )

        assert again.status_code == 302
        assert index_settings.stored(world.alice.workspace)[INDEX_URL] == MAIN

    def test_does_not_show_a_private_key_again(self, alice):
        response = sent(alice, "save", certificates="-----BEGIN PRIVATE KEY-----\nword-word\n-----END PRIVATE KEY-----")

        assert "There is a private key in the text." in text_of(response)

    def test_takes_no_draft_of_somebody_else(self, world, alice):
        response = sent(alice, "test", index_url=MAIN)

        stolen = sent(
            signed_in(world.charlie.user),
            "save",
            draft=draft_of(response),
            index_url="https://***@packages.example.com/simple",
        )

        assert stolen.status_code == 400
        assert not SecretScope.objects.exists()

    def test_removes_what_is_emptied(self, world, alice):
        repositories.save(world.alice, Wanted(index_url=MAIN, extra_index_urls=[MAIN]), now=timezone.now())

        sent(alice, "save", index_url="", extra_index_urls="https://***@packages.example.com/simple")

        assert index_settings.stored(world.alice.workspace) == {EXTRA_INDEX_URLS: MAIN}


class TestTest:
    def test_shows_the_answers_on_the_page_and_keeps_what_was_typed(self, world, alice, index):
        response = sent(
            alice, "test", index_url=index.address_with_login, certificates=index.authority.pem, package="acme"
        )

        text = text_of(response)
        assert "It has acme." in text
        assert f"https://***@{index.place}/simple" in text
        assert not SecretScope.objects.exists()

        sent(alice, "save", draft=draft_of(response), index_url=f"https://***@{index.place}/simple")

        assert index_settings.stored(world.alice.workspace) == {INDEX_URL: index.address_with_login}

    def test_answers_one_at_a_time(self, alice, index):
        fields = {
            "index_url": index.address_with_login,
            "extra_index_urls": "https://nowhere.invalid/simple",
            "certificates": index.authority.pem,
        }

        listed = sent(alice, "test", part="list", **fields)
        second = sent(alice, "test", part="answer", position="1", **fields)

        assert text_of(listed).count("Asking") == 2
        assert "It answers, and has no pip." in text_of(second)
        assert "nowhere.invalid" not in text_of(second)
        assert 'data-position="1"' in text_of(second)

    def test_says_what_cannot_be_asked(self, alice):
        response = sent(alice, "test", part="list", index_url="nonsense")

        assert response.status_code == 400
        assert "must begin with https://" in text_of(response)
