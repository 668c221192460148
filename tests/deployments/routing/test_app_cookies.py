import secrets
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import jwt
import pytest

from deployments.routing import app_cookies
from deployments.routing.app_cookies import Pass

SEED = secrets.token_hex(32)
NOW = datetime.now(UTC)
ANN = Pass("a-shop.3", "1" * 32, "uuid", "ann@example.org", "Ann")


def signed(seed: str = SEED, **changes: str) -> str:
    return app_cookies.sign(seed, replace(ANN, **changes), now=NOW, lifetime=timedelta(seconds=60))


class TestRead:
    def test_gives_what_was_signed_however_long_ago(self) -> None:
        old = app_cookies.sign(SEED, ANN, now=NOW - timedelta(days=30), lifetime=timedelta(seconds=60))

        assert app_cookies.read(SEED, old) == ANN

    @pytest.mark.parametrize(
        "text",
        [
            "", "x", "a.b.c", signed(secrets.token_hex(32)), signed().rpartition(".")[0] + "." + "A" * 86,
            jwt.encode({"iss": "slipway", "exp": 9e9, **vars(ANN)}, None, "none"),
            jwt.encode({"iss": "slipway", "exp": 9e9, **vars(ANN)}, "0" * 32, "HS256"),
        ],
    )  # fmt: skip
    def test_gives_nothing_for_what_was_not(self, text: str) -> None:
        assert app_cookies.read(SEED, text) is None


class TestPublicKeys:
    def test_hold_nothing_to_sign_with(self) -> None:
        assert '"d"' not in app_cookies.public_keys(SEED)
        assert SEED not in app_cookies.public_keys(SEED)
