"""What the proxy cannot show: each step by itself, as a stranger would try it."""

import re
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.conf import settings
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from deployments import doors
from deployments.models import App, AppVisit, Deployment, OptOutPreview, State
from deployments.operations import access, deployments
from deployments.routing import app_cookies
from deployments.views.visiting import app_hosts
from deployments.views.visiting.visitors import RecentTokens
from tests.deployments import opted
from tests.world import World
from workspaces.principals import Principal

HOST = "hello-acme.apps.localhost"
NAVIGATION = {"Host": HOST, "Accept": "text/html", "Sec-Fetch-Mode": "navigate"}
QUESTION = {"X-Slipway-Question": "1"}


@pytest.fixture(autouse=True)
def hello(world: World) -> App:
    return world.app("hello")


@pytest.fixture(autouse=True)
def no_recent_tokens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app_hosts, "RECENT", RecentTokens())


def query(location: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}


def enter(browser: Client, path: str = "/", host: str = HOST) -> str:
    """Through all steps with a browser that is signed in; where it ends."""
    headers = {**NAVIGATION, "Host": host}
    to_sign_in = browser.get(path, headers=headers)["Location"]
    to_platform = browser.get(to_sign_in, headers=headers)["Location"]
    to_enter = browser.get(urlsplit(to_platform)._replace(scheme="", netloc="").geturl())["Location"]
    return str(browser.get(urlsplit(to_enter)._replace(scheme="", netloc="").geturl(), headers=headers)["Location"])


def ask(browser: Client, path: str = "/", host: str = HOST, **headers: str) -> HttpResponse:
    """As the proxy does about a visitor."""
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return browser.get(path, headers={**QUESTION, "Host": host, **sent})


class TestWay:
    def test_ends_at_the_page_with_a_cookie_of_the_apps_host_alone(self, alice: Client) -> None:
        end = enter(alice, "/a/b?c=d%20e")

        cookie = alice.cookies["slipway_app"]
        assert end == f"http://{HOST}:8000/a/b?c=d%20e"
        assert (cookie["httponly"], cookie["samesite"], cookie["domain"], cookie["path"]) == (True, "Lax", "", "/")

    def test_keeps_its_codes_from_caches_and_referrers(self, alice: Client) -> None:
        answer = alice.get(f"/open?host={HOST}&browser={'a' * 64}&next=/")

        assert answer["Location"].startswith(f"http://{HOST}:8000/.slipway/enter?code=")
        assert (answer["Referrer-Policy"], "no-store" in answer["Cache-Control"]) == ("no-referrer", True)

    @pytest.mark.parametrize(
        "host",
        ["evil.example", "evil.example/.apps.localhost", "apps.localhost", "x.hello-acme.apps.localhost", "",
         "hello-acme.apps.localhost@evil.example", "nobody.apps.localhost", "localhost", "\0.apps.localhost"],
    )  # fmt: skip
    def test_leads_to_no_other_host(self, host: str, alice: Client) -> None:
        answer = alice.get("/open", {"host": host, "browser": "a" * 64, "next": "/"})

        assert answer.status_code == 403
        assert "Location" not in answer

    @pytest.mark.parametrize("path", ["//evil.example", "/\\evil.example", "https://evil.example", "@evil.example", "",
                                      "/a\r\nSet-Cookie: x=1", "/" + "x" * 3000])  # fmt: skip
    def test_leads_to_no_other_origin(self, path: str, alice: Client) -> None:
        answer = alice.get(f"/open?host={HOST}", {"host": HOST, "browser": "a" * 64, "next": path})
        code = query(answer["Location"])["code"]

        end = alice.get(f"/.slipway/enter?code={code}", headers=NAVIGATION)

        assert urlsplit(answer["Location"]).netloc == f"{HOST}:8000"
        # Without the browser's secret it ends here.
        assert (end.status_code, "Location" in end) == (400, False)

    @pytest.mark.parametrize("next_path", ["//evil.example/x", "https://evil.example", "@evil.example"])
    def test_takes_no_strange_path_from_the_first_step(self, next_path: str, alice: Client) -> None:
        to_platform = alice.get("/.slipway/sign-in", {"next": next_path}, headers=NAVIGATION)["Location"]
        to_enter = alice.get(urlsplit(to_platform)._replace(scheme="", netloc="").geturl())["Location"]
        end = alice.get(urlsplit(to_enter)._replace(scheme="", netloc="").geturl(), headers=NAVIGATION)["Location"]

        assert urlsplit(end).netloc == f"{HOST}:8000"

    def test_sends_a_stranger_to_the_sign_in_and_back(self, world: World) -> None:
        answer = Client().get("/open", {"host": HOST, "browser": "a" * 64, "next": "/x"})

        assert answer["Location"].startswith("/sign-in?next=/open%3F")

    def test_goes_on_by_a_page_after_a_form(self, alice: Client) -> None:
        """Browsers hold redirects after a form to the policy of its page, which allows no other origin."""
        page = alice.get("/open", {"host": HOST, "browser": "a" * 64, "next": "/", "signed_in": "1"})

        assert page.status_code == 200
        assert re.search(
            rf'http-equiv="refresh" content="0;url=http://{HOST}:8000/.slipway/enter\?code=', page.content.decode()
        )
        assert page["Referrer-Policy"] == "no-referrer"

    def test_says_that_a_code_is_used_up(self, alice: Client) -> None:
        answer = alice.get("/.slipway/enter?code=x", headers=NAVIGATION)

        assert answer.status_code == 400
        assert "has been used, or took too long" in answer.content.decode()

    def test_leads_a_member_on_who_comes_by_an_old_code(self, alice: Client) -> None:
        enter(alice)

        assert alice.get("/.slipway/enter?code=x", headers=NAVIGATION)["Location"] == f"http://{HOST}:8000/"


class TestRefusal:
    def test_names_the_owner_to_members_who_were_not_chosen(self, hello: App, world: World) -> None:
        access.put(world.alice, hello, access="chosen")
        bob = Client()
        bob.force_login(world.bob.user)

        page = bob.get("/open", {"host": HOST, "browser": "a" * 64})

        assert page.status_code == 403
        assert "You may not use “hello”." in page.content.decode()
        assert "alice@example.org" in page.content.decode()

    def test_looks_the_same_to_strangers_whether_there_is_an_app(self, charlie: Client) -> None:
        there, nowhere = (
            charlie.get("/open", {"host": host, "browser": "a" * 64}) for host in (HOST, "x.apps.localhost")
        )

        def text(answer: HttpResponse) -> str:
            without_token = re.sub(r'csrfmiddlewaretoken" value="[^"]+"', "", answer.content.decode())
            return without_token.replace(HOST, "HOST").replace("x.apps.localhost", "HOST")

        assert (there.status_code, nowhere.status_code) == (403, 403)
        assert text(there) == text(nowhere)
        assert "acme" not in text(there).lower().replace("hello-acme", "")


class TestQuestion:
    def test_renews_a_cookie_of_any_age(self, alice: Client, hello: App) -> None:
        enter(alice)
        shown = app_cookies.read(settings.APP_COOKIE_KEY, alice.cookies["slipway_app"].value)
        assert shown is not None
        access.put(_principal(hello), hello, access="members")
        old = app_cookies.sign(
            settings.APP_COOKIE_KEY, shown, now=timezone.now() - timedelta(days=3), lifetime=timedelta(seconds=1)
        )
        alice.cookies["slipway_app"] = old

        answer = ask(alice)

        assert answer.status_code == 200
        assert answer["X-Forwarded-Email"] == "alice@example.org"
        renewed = app_cookies.read(settings.APP_COOKIE_KEY, answer.cookies["slipway_app"].value)
        assert renewed is not None
        assert renewed.door == f"a-{hello.uuid.hex}.2"

    def test_refuses_a_cookie_of_another_app_and_of_a_preview(self, alice: Client, hello: App, world: World) -> None:
        world.app("other")
        enter(alice)

        assert ask(alice, host="other-acme.apps.localhost").status_code == 401

    @pytest.mark.parametrize(
        ("headers", "method", "status"),
        [
            ({"Sec-Fetch-Mode": "navigate", "Accept": "*/*"}, "get", 302),
            ({"Accept": "text/html,*/*"}, "get", 302),
            ({"Accept": "text/html"}, "head", 302),
            ({"Sec-Fetch-Mode": "navigate", "Accept": "text/html"}, "post", 401),
            ({"Sec-Fetch-Mode": "cors", "Accept": "text/html"}, "get", 401),
            ({"Sec-Fetch-Mode": "websocket"}, "get", 401),
            ({"Accept": "*/*"}, "get", 401),
            ({}, "get", 401),
            ({"Accept": "text/html", "Authorization": "Bearer slw_x"}, "get", 401),
        ],
    )
    def test_redirects_navigations_only(self, headers: dict[str, str], method: str, status: int) -> None:
        answer = getattr(Client(), method)("/x?y=z", headers={**QUESTION, "Host": HOST, **headers})

        assert answer.status_code == status
        if status == 302:
            assert answer["Location"] == "/.slipway/sign-in?next=%2Fx%3Fy%3Dz"

    def test_lets_a_members_token_pass_and_remembers_it_for_a_moment(
        self, world: World, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        token = world.token(world.bob)
        first = ask(Client(), Authorization=f"Bearer {token}")

        with django_assert_num_queries(0):
            second = ask(Client(), Authorization=f"Bearer {token}")

        assert first["X-Forwarded-Email"] == second["X-Forwarded-Email"] == "bob@example.org"
        assert "Set-Cookie" not in first

    def test_refuses_a_strangers_token(self, world: World) -> None:
        assert ask(Client(), Authorization=f"Bearer {world.token(world.charlie)}").status_code == 401

    def test_puts_no_strange_letters_into_headers(self, world: World) -> None:
        world.bob.user.name = "Bób\r\nX-Evil: 1"
        world.bob.user.save()

        answer = ask(Client(), Authorization=f"Bearer {world.token(world.bob)}")

        assert answer["X-Forwarded-Preferred-Username"] == "bob@example.org"

    def test_is_only_a_question_of_the_proxys(self, world: World) -> None:
        """A path of the app that looks like ours is the app's when the proxy asks about it."""
        answer = ask(Client(), "/.slipway/sign-in", Authorization=f"Bearer {world.token(world.bob)}")

        assert answer.status_code == 200


class TestPreview:
    def test_is_for_members_however_open_the_app_is(self, hello: App, world: World, alice: Client) -> None:
        access.put(world.alice, hello, access="everyone")
        draft = deployments.request(world.alice, hello, bundle=world.bundle(), draft=True)
        Deployment.objects.filter(pk=draft.pk).update(state=State.READY, preview_label="hello-acme--d1")
        door = doors.find("hello-acme--d1")

        assert door is not None
        assert not door.is_open
        assert ask(Client(), host="hello-acme--d1.apps.localhost").status_code == 401
        assert enter(alice, host="hello-acme--d1.apps.localhost").startswith("http://hello-acme--d1.apps.localhost")
        assert AppVisit.objects.get().preview == draft

    def test_of_a_trial_opens_for_members_alone(self, world: World, alice: Client) -> None:
        preview = opted.ready(world, opted.converted(world, "opting"))
        host = urlsplit(preview.trial_url or "").netloc

        assert enter(alice, host=host).startswith(f"http://{host.partition(':')[0]}")
        assert ask(Client(), host=host, Authorization=f"Bearer {world.token(world.bob)}").status_code == 200
        assert ask(Client(), host=host, Authorization=f"Bearer {world.token(world.charlie)}").status_code == 401
        assert ask(Client(), host=host).status_code == 401
        Deployment.objects.filter(pk=preview.trial_id).update(state=State.RETIRED)
        assert OptOutPreview.objects.get().trial_url is None


def _principal(app: App) -> Principal:
    from workspaces import principals

    principal = principals.of_user(app.owner, app.workspace.slug)
    assert principal is not None
    return principal
