import pytest
from django.conf import settings
from django.test import Client

from deployments.models import DesiredState, HostAlias
from deployments.operations import apps
from tests.world import World


def visit(host: str, accept: str = "text/html") -> object:
    return Client().get("/some/where", headers={"Host": host, "Accept": accept})


class TestAnswer:
    def test_says_that_an_app_is_stopped(self, world: World) -> None:
        apps.stop(world.alice, world.app("hello", access="everyone"))

        answer = visit("hello-acme.apps.localhost:8000")

        assert answer.status_code == 503
        assert "This app is stopped." in answer.content.decode()
        assert "refresh" not in answer.content.decode()

    def test_leads_from_a_stopped_app_to_the_platform(self, world: World) -> None:
        apps.stop(world.alice, world.app("hello", access="everyone"))

        page = visit("hello-acme.apps.localhost:8000").content.decode()

        assert f'href="{settings.URL}/manage?host=hello-acme.apps.localhost"' in page
        assert "<form" not in page

    def test_waits_for_one_that_starts(self, world: World) -> None:
        app = world.app("hello", access="everyone")
        world.bundle()
        from deployments.operations import deployments

        deployments.request(world.alice, app, bundle=world.bundle())

        answer = visit("hello-acme.apps.localhost")

        assert answer["Retry-After"] == "3"
        assert '<meta http-equiv="refresh" content="3">' in answer.content.decode()

    def test_answers_programs_in_json(self, world: World) -> None:
        world.app("hello", access="everyone")

        answer = visit("hello-acme.apps.localhost", "application/json")

        assert answer.json()["code"] == "app_empty"

    def test_knows_the_names_an_app_had_before(self, world: World) -> None:
        HostAlias.objects.create(app=world.app("hello", access="everyone"), host_label="former")

        assert visit("former.apps.localhost").status_code == 503

    @pytest.mark.parametrize(
        "host", ["nobody.apps.localhost", "apps.localhost", "a.hello-acme.apps.localhost", "-.apps.localhost:1"]
    )
    def test_finds_nothing_elsewhere(self, host: str, world: World) -> None:
        world.app("hello", access="everyone")

        answer = visit(host)

        assert answer.status_code == 404
        assert "There is no app at this address." in answer.content.decode()

    def test_never_serves_the_control_plane(self, world: World) -> None:
        app = world.app("hello", access="everyone")
        client = Client()
        client.force_login(world.alice.user)

        answer = client.post("/w/acme/apps/hello/stop", headers={"Host": "hello-acme.apps.localhost"})

        app.refresh_from_db()
        assert answer.status_code == 503
        assert app.desired_state == DesiredState.RUNNING

    def test_allows_nothing_but_its_own_style(self, world: World) -> None:
        answer = visit("nobody.apps.localhost")

        assert answer["Content-Security-Policy"].startswith("default-src 'none'; style-src 'unsafe-inline'")
        assert "<script" not in answer.content.decode()
