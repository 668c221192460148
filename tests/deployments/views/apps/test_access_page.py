import re

import pytest
from django.test import Client

from deployments.models import App
from deployments.operations import access
from tests.world import World
from workspaces.operations import groups

PAGE = "/w/acme/apps/hello/access"


@pytest.fixture(autouse=True)
def hello(world: World) -> App:
    groups.create(world.alice, name="writers & readers")
    return world.app("hello")


class TestAppAccess:
    def test_saves_and_shows_what_was_saved(self, alice: Client, hello: App, world: World) -> None:
        chosen = {"access": "chosen", "users": "bob@example.org\r\n", "groups": ["admins", "writers & readers"]}

        answer = alice.post(PAGE, chosen, follow=True)

        page = answer.content.decode()
        assert answer.redirect_chain == [(PAGE, 302)]
        assert access.get(world.alice, hello).users == ("bob@example.org",)
        assert re.search(r'value="chosen"[^>]* checked', page)
        assert "bob@example.org</textarea>" in page
        assert re.search(r'value="writers &amp; readers"[^>]* checked', page)

    @pytest.mark.parametrize(
        ("fields", "sentence"),
        [
            ({"access": "chosen", "users": "charlie@example.org"}, "There is no person or group &#x27;charlie@"),
            ({"access": "friends"}, "Select a valid choice."),
            ({"access": "chosen", "groups": ["of others"]}, "Select a valid choice."),
        ],
    )
    def test_refuses_a_bad_value_and_keeps_what_was_typed(
        self, fields: dict[str, object], sentence: str, alice: Client, hello: App
    ) -> None:
        answer = alice.post(PAGE, {"users": "nobody@example.org", **fields})

        hello.refresh_from_db()
        assert answer.status_code == 400
        assert sentence in answer.content.decode()
        assert f"{fields.get('users', 'nobody@example.org')}</textarea>" in answer.content.decode()
        assert hello.access == "members"
