import secrets
import socket
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from deployments.routing import app_cookies
from deployments.routing.app_cookies import Pass
from deployments.routing.guards import IDENTITY
from deployments.routing.routes import Guard, Route, Routes, Upstream
from tests.deployments.routing.questions import ASKED, ENDED, SEED

OTHER_SEED = secrets.token_hex(32)
HOST, OPEN_HOST = "shop.apps.localhost", "open.apps.localhost"
ANN = Pass("a-shop.3", "1" * 32, "ann-uuid", "ann@example.org", "Ann Other")
ANN_TOLD = {"x-forwarded-user": "ann-uuid", "x-forwarded-email": "ann@example.org",
            "x-forwarded-preferred-username": "Ann Other"}  # fmt: skip


def signed(seed: str = SEED, *, age_s: float = 0, **changes: str) -> str:
    now = datetime.now(UTC) - timedelta(seconds=age_s)
    return app_cookies.sign(seed, replace(ANN, **changes), now=now, lifetime=timedelta(seconds=60))


def unsigned() -> str:
    """As an attacker without the key would write it: the algorithm "none"."""
    import jwt

    claims = {"iss": "slipway", "exp": int(time.time()) + 60, "door": ANN.door, "sid": ANN.sid, "sub": "forged"}
    return jwt.encode(claims, None, "none")


@pytest.fixture(autouse=True)
def no_questions() -> None:
    ASKED.clear()


def visit(proxy, *cookies, host=HOST, **headers):
    sent = [("Cookie", cookie) for cookie in cookies]
    return proxy.ask(host, headers=[*sent, *((name.replace("_", "-"), value) for name, value in headers.items())])


def told(answer):
    """Who the app was told the visitor is."""
    return {name: value for name, value in answer.json["headers"] if name in IDENTITY}


class TestGoodCookie:
    def test_passes_without_anybody_being_asked(self, guarded):
        answer = visit(guarded, f"slipway_app={signed()}")

        assert (answer.status, answer.json["name"], told(answer)) == (200, "shop", ANN_TOLD)
        assert ASKED == []

    def test_never_reaches_the_app(self, guarded):
        cookie = signed()

        answer = visit(guarded, f"a=1; slipway_app={cookie}; slipway_session=s; b=2")

        assert answer.received("cookie") == ["a=1; b=2"]
        assert cookie not in answer.body.decode()

    @pytest.mark.parametrize("name", [*IDENTITY, *(name.replace("-", "_") for name in IDENTITY), "X-Slipway-User"])
    def test_says_who_it_is_whatever_the_visitor_says(self, guarded, name):
        forged = [(name, "forged"), (name.upper(), "forged")]

        answer = guarded.ask(HOST, headers=[("Cookie", f"slipway_app={signed()}"), *forged])

        assert told(answer) == ANN_TOLD
        assert "forged" not in answer.body.decode()

    def test_leaves_the_authorization_of_the_apps_own_pages(self, guarded):
        answer = visit(guarded, f"slipway_app={signed()}", Authorization="Bearer the-apps-own")

        assert answer.received("authorization") == ["Bearer the-apps-own"]

    @pytest.mark.parametrize("header", ["Bearer slw_bad", "bearer slw_bad", "Key slw_bad", "Bearer x, Bearer slw_bad"])
    def test_hides_no_token_of_the_platform_from_it(self, guarded, header):
        """Else a page's mistake would hand a token of the platform to the app."""
        answer = visit(guarded, f"slipway_app={signed()}", Authorization=header)

        assert answer.status == 401

    def test_opens_a_websocket(self, guarded):
        dialled = socket.create_connection(("127.0.0.1", guarded.settings.port))
        with connect(f"ws://{HOST}/", sock=dialled, additional_headers={"Cookie": f"slipway_app={signed()}"}) as chat:
            chat.send("hello")

            assert chat.recv(timeout=10) == "shop: hello"


class TestBadCookie:
    @pytest.mark.parametrize(
        "cookie",
        [
            pytest.param("garbage", id="garbage"),
            pytest.param("", id="empty"),
            pytest.param(unsigned(), id="unsigned"),
            pytest.param(signed(OTHER_SEED), id="of another key"),
            pytest.param(signed(age_s=70), id="expired"),
            pytest.param(signed(door="a-other.3"), id="of another app"),
            pytest.param(signed(door="a-shop.2"), id="of an earlier epoch"),
            pytest.param(signed(sid=ENDED), id="of a visit that ended"),
            pytest.param(signed()[:-3] + "abc", id="changed"),
        ],
    )
    def test_is_asked_about_like_none(self, guarded, cookie):
        answer = visit(guarded, f"slipway_app={cookie}")

        assert (answer.status, answer.json) == (401, {"code": "sign in"})
        assert len(ASKED) == 1

    def test_is_passed_over_for_nobody_elses(self, guarded):
        """A neighbour's page may have put one before the good: the platform looks at all of them."""
        answer = visit(guarded, f"slipway_app=bad; slipway_app={signed()}")

        assert ASKED or told(answer) == ANN_TOLD

    def test_opens_no_websocket(self, guarded):
        dialled = socket.create_connection(("127.0.0.1", guarded.settings.port))
        with pytest.raises(InvalidStatus) as refused:
            connect(f"ws://{HOST}/", sock=dialled)

        assert refused.value.response.status_code == 401


class TestQuestion:
    def test_sends_a_navigation_to_where_the_answer_says(self, guarded):
        answer = visit(guarded, Sec_Fetch_Mode="navigate", Accept="text/html")

        assert (answer.status, answer.header("location")) == (302, ["/.slipway/sign-in?next=%2F"])

    def test_lets_pass_with_a_new_cookie(self, guarded):
        answer = visit(guarded, "a=1; slipway_app=stale", X_Forwarded_Email="forged@example.org")

        assert told(answer) == {"x-forwarded-user": "person"}
        assert answer.header("set-cookie") == ["slipway_app=fresh; Path=/; HttpOnly"]
        assert answer.received("cookie") == ["a=1"]

    def test_lets_a_token_pass_that_the_app_does_not_see(self, guarded):
        answer = visit(guarded, Authorization="Bearer slw_good")

        assert told(answer) == {"x-forwarded-user": "program"}
        assert answer.received("authorization") == []
        assert answer.received("x-other") == []
        assert "slw_good" not in answer.body.decode()

    def test_tells_what_was_asked_for_but_not_its_body(self, guarded):
        guarded.ask(HOST, "/a/b?c=d", "POST", "secret", headers=[("X-Slipway-Question", "forged"), ("X-Own", "x")])

        [asked] = ASKED
        assert (asked["method"], asked["path"], asked["host"]) == ("POST", "/a/b", HOST)
        assert asked["x-slipway-question"] == "1"
        assert asked.get("content-length", "0") == "0"
        assert "x-own" not in asked

    def test_lets_nobody_pass_when_it_cannot_be_asked(self, make_proxy, servers):
        proxy = make_proxy(cookie_keys=app_cookies.public_keys(SEED))
        proxy.start()
        proxy.publisher.publish(
            Routes((Upstream("a-1", (servers.start("a"),)),), (Route("a.apps.localhost", "a-1", Guard("a-shop.3")),))
        )

        refused, passed = (
            visit(proxy, host="a.apps.localhost"),
            visit(proxy, f"slipway_app={signed()}", host="a.apps.localhost"),
        )

        assert (refused.status, passed.status) == (503, 200)


class TestOwnPath:
    def test_leads_to_the_platform_with_its_cookies(self, guarded):
        answer = guarded.ask(HOST, "/.slipway/enter", headers=[("Cookie", "slipway_browser=s")])

        assert (answer.json["name"], answer.received("cookie")) == ("platform", ["slipway_browser=s"])

    @pytest.mark.parametrize("path", ["/.slipway", "/.slipway%2Fenter", "/x/.slipway/enter", "/.slipway/../x"])
    def test_is_nothing_else(self, guarded, path):
        assert guarded.ask(HOST, path).status == 401


class TestOpenApp:
    def test_is_for_everyone(self, guarded):
        answer = visit(guarded, host=OPEN_HOST, Authorization="Bearer slw_good", X_Forwarded_User="forged")

        assert (answer.status, told(answer)) == (200, {})
        assert answer.received("authorization") == ["Bearer slw_good"]
        assert ASKED == []

    def test_sees_no_cookie_either(self, guarded):
        answer = visit(guarded, f"slipway_app={signed()}; a=1", host=OPEN_HOST)

        assert (answer.received("cookie"), told(answer)) == (["a=1"], {})


class TestTokenRoute:
    """The platform's own host, below the prefix of an app."""

    TOKEN = ("Authorization", "Bearer slw_good")

    def test_leads_to_the_app_as_if_at_its_own_host(self, guarded):
        answer = guarded.ask("localhost", "/content/0a1b/a/b", "POST", "body", headers=[self.TOKEN])

        assert (answer.json["name"], answer.json["path"], answer.json["body"]) == ("shop", "/a/b", 4)
        assert answer.received("host") == [HOST]
        assert told(answer) == {"x-forwarded-user": "program"}
        assert (ASKED[0]["host"], ASKED[0]["path"]) == ("localhost", "/content/0a1b/a/b")

    def test_leads_to_the_draft_of_a_bundle(self, guarded):
        answer = guarded.ask("localhost", "/content/0a1b/_bundle7/", headers=[self.TOKEN])

        assert (answer.json["name"], answer.json["path"]) == ("draft", "/")

    def test_keeps_token_and_cookies_of_the_platform_from_the_app(self, guarded):
        cookies = ("Cookie", "a=1; slipway_session=s; slipway_csrf=c")

        answer = guarded.ask("localhost", "/content/0a1b/", headers=[self.TOKEN, cookies])

        assert (answer.received("authorization"), answer.received("cookie")) == ([], ["a=1"])

    def test_lets_the_app_set_no_cookie_of_the_platform(self, guarded):
        forged = '[["set-cookie", "slipway_session=forged; Path=/"], ["set-cookie", "own=1; Domain=localhost"]]'

        answer = guarded.ask("localhost", "/content/0a1b/headers", "POST", forged, headers=[self.TOKEN])

        assert answer.header("set-cookie") == ["own=1"]

    def test_lets_no_bad_token_pass(self, guarded):
        answer = guarded.ask("localhost", "/content/0a1b/", headers=[("Authorization", "Key slw_bad")])

        assert answer.status == 401

    @pytest.mark.parametrize("header", [None, "Bearer the-apps-own", "Basic c2x3Xw=="])
    def test_is_none_for_whoever_shows_no_token_of_the_platform(self, guarded, header):
        headers = [("Authorization", header)] if header else []

        assert guarded.ask("localhost", "/content/0a1b/", headers=headers).json["name"] == "platform"

    @pytest.mark.parametrize("path", ["/content/0a1b", "/content/other/", "/content/0a1b/../x", "/Content/0a1b/"])
    def test_is_none_beside_its_prefix(self, guarded, path):
        assert guarded.ask("localhost", path, headers=[self.TOKEN]).json["name"] == "platform"


class TestRevoking:
    def test_takes_effect_when_it_is_published(self, make_proxy, servers, settings):
        servers.start_on("platform", settings.platform_socket)
        proxy = make_proxy(cookie_keys=app_cookies.public_keys(SEED))
        proxy.start()
        upstreams = (Upstream("shop-1", (servers.start("shop"),)),)

        def publish(*ended: str) -> None:
            proxy.publisher.publish(Routes(upstreams, (Route(HOST, "shop-1", Guard("a-shop.3", ended)),)))

        publish()
        before = visit(proxy, f"slipway_app={signed()}").status
        publish(ANN.sid)
        after = visit(proxy, f"slipway_app={signed()}").status
        others = visit(proxy, f"slipway_app={signed(sid='2' * 32)}").status

        assert (before, after, others) == (200, 401, 200)
