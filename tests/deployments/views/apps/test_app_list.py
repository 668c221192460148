from datetime import timedelta

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from deployments.models import App
from deployments.operations import apps, deployments, env_vars
from tests.deployments.locked import deployed
from tests.deployments.views.limits import MOST_QUERIES
from tests.world import World


class TestHome:
    def test_leads_to_the_apps(self, alice: Client) -> None:
        assert alice.get("/")["Location"] == "/w/acme/apps"


class TestAppList:
    def test_teaches_when_there_is_nothing(self, alice: Client) -> None:
        page = alice.get("/w/acme/apps").content.decode()

        assert "Put your first app online" in page
        assert "/api/v1/apps/hello/deployments" in page

    def test_shows_address_state_and_newest_deployment(self, alice: Client, world: World) -> None:
        app = world.app("hello")
        deployments.request(world.bob, app, bundle=world.bundle())

        page = alice.get("/w/acme/apps").content.decode()

        assert f'href="{app.url}"' in page
        assert "is-starting" in page
        assert "#1 queued" in page
        assert "by Bob" in page

    def test_hides_other_workspaces(self, charlie: Client, world: World) -> None:
        world.app("secretive")

        assert "secretive" not in charlie.get("/w/globex/apps").content.decode()

    def test_goes_on_where_a_page_ended(self, alice: Client, world: World) -> None:
        for number in range(52):
            world.app(f"app-{number:02}")

        first, second = (alice.get(f"/w/acme/apps{query}").content.decode() for query in ("", "?after=app-49"))

        assert "app-49-acme" in first
        assert "app-50-acme" not in first
        assert "?after=app-49" in first
        assert "app-49-acme" not in second
        assert "app-51-acme" in second

    def test_says_what_needs_a_redeploy(self, alice: Client, world: World) -> None:
        changed, same = world.app("changed"), world.app("same")
        for app in (changed, same):
            deployed(world, app)
        env_vars.replace(world.alice, changed, {"A": "1"})

        page = alice.get("/w/acme/apps").content.decode()

        assert page.count("needs redeploy") == 1
        assert page.index("changed-acme") < page.index("needs redeploy") < page.index("same-acme")
        assert "Needs redeploy" in alice.get("/w/acme/apps/changed").content.decode()
        assert "Needs redeploy" not in alice.get("/w/acme/apps/same").content.decode()

    def test_needs_as_many_queries_for_many_as_for_few(self, alice: Client, world: World) -> None:
        few = self._queries(alice, world, range(2))

        many = self._queries(alice, world, range(2, 30))

        assert many == few <= MOST_QUERIES

    @staticmethod
    def _queries(client: Client, world: World, numbers: range) -> int:
        for number in numbers:
            app = world.app(f"app-{number}")
            env_vars.replace(world.alice, app, {"A": "1"})
            deployed(world, app)
        client.get("/w/acme/apps")
        with CaptureQueriesContext(connection) as queries:
            client.get("/w/acme/apps")
        return len(queries)


class TestRestore:
    def test_brings_a_deleted_app_back(self, alice: Client, world: World) -> None:
        app = world.app("hello")
        apps.delete(world.alice, app, now=timezone.now())
        assert "Restore hello" in alice.get("/w/acme/apps").content.decode()

        answer = alice.post(f"/w/acme/deleted-apps/{app.uuid}/restore", follow=True)

        assert answer.redirect_chain == [("/w/acme/apps/hello", 302)]
        assert "“hello” is back" in answer.content.decode()
        assert App.objects.living().get() == app

    def test_says_so_when_the_name_was_taken_meanwhile(self, alice: Client, world: World) -> None:
        app = world.app("hello")
        apps.delete(world.alice, app, now=timezone.now())
        world.app("hello")

        answer = alice.post(f"/w/acme/deleted-apps/{app.uuid}/restore", follow=True)

        assert "A new app is called &#x27;hello&#x27; by now." in answer.content.decode()

    def test_forgets_what_is_past_undoing(self, alice: Client, world: World) -> None:
        apps.delete(world.alice, world.app("hello"), now=timezone.now() - timedelta(days=8))

        assert "Restore hello" not in alice.get("/w/acme/apps").content.decode()
