from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from tests.world import World
from workspaces.models import AccessToken
from workspaces.operations import access_tokens

ADDRESS = "/api/v1/tokens"


def ask(method: str, address: str, text: str, body: Any = None, scheme: str = "Bearer") -> Any:
    headers = {"Authorization": f"{scheme} {text}"}
    return getattr(Client(), method)(address, body, content_type="application/json", headers=headers)


class TestTokens:
    @pytest.mark.parametrize("scheme", ["Bearer", "Key"])
    def test_makes_one_that_works(self, scheme: str, world: World) -> None:
        made = ask("post", ADDRESS, world.token(world.bob), {"label": "CI"})

        assert made.status_code == 201
        assert ask("get", ADDRESS, made.json()["token"], scheme=scheme).status_code == 200
        assert made.json()["token"] not in str(list(AccessToken.objects.values()))

    def test_lists_ones_own_without_their_texts(self, world: World) -> None:
        text, _ = world.token(world.bob), world.token(world.alice)

        page = ask("get", ADDRESS, text).json()

        assert [set(row) for row in page["results"]] == [{"uuid", "label", "created_at", "expires_at", "last_used_at"}]

    def test_lets_none_outlive_the_one_that_made_it(self, world: World) -> None:
        _, text = access_tokens.create(world.bob, label="short", expires_at=timezone.now() + timedelta(hours=1))

        answer = ask("post", ADDRESS, text, {"label": "for ever", "expires_at": None})

        assert answer.status_code == 400
        assert "lives longer than itself" in answer.json()["message"]
        assert AccessToken.objects.count() == 1

    @pytest.mark.parametrize("moment", ["yesterday", "2001-01-01T00:00:00Z", "2099-01-01T00:00:00", "2099-99-01", 5])
    def test_refuses_a_bad_end(self, moment: object, world: World) -> None:
        answer = ask("post", ADDRESS, world.token(world.bob), {"label": "CI", "expires_at": moment})

        assert answer.status_code == 400

    def test_revokes_at_once(self, world: World) -> None:
        text = world.token(world.bob)
        row = AccessToken.objects.get()

        assert ask("delete", f"{ADDRESS}/{row.uuid}", text).status_code == 204
        assert ask("get", ADDRESS, text).status_code == 401
