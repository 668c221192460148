import re

from django.test import Client

from tests.world import World
from workspaces.models import AccessToken, Membership
from workspaces.operations import access_tokens


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
