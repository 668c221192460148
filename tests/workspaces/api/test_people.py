from typing import Any

from django.test import Client, override_settings

from tests.world import World
from workspaces.models import AuditEvent, Membership


def ask(method: str, address: str, text: str, body: Any = None) -> Any:
    headers = {"Authorization": f"Bearer {text}"}
    return getattr(Client(), method)(f"/api/v1{address}", body, content_type="application/json", headers=headers)


class TestMembers:
    def test_are_those_of_the_workspace(self, world: World) -> None:
        rows = ask("get", "/members", world.token(world.alice)).json()["results"]

        assert [(row["email"], row["role"], row["active"]) for row in rows] == [
            ("alice@example.org", "admin", True),
            ("bob@example.org", "member", True),
        ]

    def test_are_deactivated_and_reactivated(self, world: World) -> None:
        text, bob = world.token(world.alice), f"/members/{world.bob.user.uuid}"

        assert ask("delete", bob, text).status_code == 204
        assert ask("get", bob, text).json()["active"] is False
        assert ask("patch", bob, text, {"active": True}).json()["active"] is True

    def test_keep_their_last_admin(self, world: World) -> None:
        answer = ask("delete", f"/members/{world.alice.user.uuid}", world.token(world.alice))

        assert (answer.status_code, answer.json()["code"]) == (409, "conflict")
        assert Membership.objects.get(user=world.alice.user).deactivated_at is None


class TestInvitations:
    def test_show_their_link_once_and_lead_in(self, world: World) -> None:
        text = world.token(world.alice)

        made = ask("post", "/invitations", text, {"email": "dora@example.org"}).json()

        assert "url" not in str(ask("get", "/invitations", text).json()["results"])
        link = made["url"].removeprefix("http://localhost:8000")
        assert Client().post(link, {"password": "a long enough phrase"}).status_code == 200
        [row] = ask("get", "/invitations", text).json()["results"]
        assert row["requested_at"] is not None
        assert made["url"] not in str(list(AuditEvent.objects.values()))

    def test_do_not_show_a_link_that_was_mailed(self, world: World) -> None:
        with override_settings(HAS_EMAIL=True):
            made = ask("post", "/invitations", world.token(world.alice), {"email": "dora@example.org"}).json()

        assert (made["url"], made["mailed"]) == (None, True)
        assert "mailed to dora@example.org" in made["note"]


class TestGroups:
    def test_hold_members_of_the_workspace_only(self, world: World) -> None:
        text = world.token(world.alice)
        group = f"/groups/{ask('post', '/groups', text, {'name': 'writers'}).json()['uuid']}"

        assert ask("put", f"{group}/members/{world.bob.user.uuid}", text).status_code == 204
        assert ask("put", f"{group}/members/{world.charlie.user.uuid}", text).status_code == 404
        assert [person["email"] for person in ask("get", group, text).json()["members"]] == ["bob@example.org"]
