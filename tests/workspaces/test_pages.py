import re

from django.test import Client

from tests.world import World
from workspaces.models import User


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


class TestSiteAdmin:
    """Who is in no workspace, and knows of all of them."""

    def test_is_told_what_a_workspace_they_are_not_in_takes(self, world: World, client: Client) -> None:
        client.force_login(User.objects.create_superuser("root@example.org", name="Root"))

        foreign, unknown, home = (client.get(page) for page in ("/w/acme/apps", "/w/nowhere/apps", "/"))

        assert foreign.status_code == unknown.status_code == 404
        assert "You are not a member of Acme, whose pages are for its members." in foreign.content.decode()
        assert 'href="/admin/"' in home.content.decode()

    def test_alone_is_told(self, world: World, client: Client) -> None:
        client.force_login(world.charlie.user)

        pages = (client.get(page).content.decode() for page in ("/w/acme/apps", "/w/anywhere/apps"))
        foreign, unknown = (re.sub(r'csrfmiddlewaretoken" value="\w+', "", page) for page in pages)

        assert foreign == unknown
        assert "Acme" not in foreign
