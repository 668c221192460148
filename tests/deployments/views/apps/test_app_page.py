import re
from datetime import timedelta

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from deployments.metrics import keeping, slots
from deployments.metrics.measured import Measured
from deployments.models import DesiredState, State
from deployments.operations import deployments
from tests.deployments.served import deployed
from tests.deployments.views.limits import MOST_QUERIES
from tests.world import World


class TestApp:
    def test_begins_with_the_upload(self, alice: Client, world: World) -> None:
        world.app("hello")

        page = alice.get("/w/acme/apps/hello").content.decode()

        assert 'action="/w/acme/apps/hello/deploy"' in page
        assert "data-log" not in page

    def test_shows_what_serves_and_how_to_stop_it(self, alice: Client, world: World) -> None:
        deployed(world, world.app("hello"))

        page = alice.get("/w/acme/apps/hello").content.decode()

        assert "1 of 1 healthy" in page
        assert "/w/acme/apps/hello/stop" in page
        assert "is-running" in page

    def test_says_why_the_newest_failed_and_what_keeps_serving(self, alice: Client, world: World) -> None:
        app = world.app("hello")
        deployed(world, app)
        failed = deployments.request(world.alice, app, bundle=world.bundle())
        failed.move(State.FAILED, failure_message="It <broke>.", failure_hint="Mend it.")

        page = alice.get("/w/acme/apps/hello").content.decode()

        assert "It &lt;broke&gt;." in page
        assert "Mend it." in page
        assert "Deployment 1 keeps serving." in page

    def test_tells_how_the_newest_fares_beside_what_runs(self, alice: Client, world: World) -> None:
        app = world.app("hello")
        deployed(world, app)
        deployments.request(world.alice, app, bundle=world.bundle()).move(State.FAILED)

        page = alice.get("/w/acme/apps/hello").content.decode()

        assert '<span class="badge is-running">' in page
        assert 'class="badge is-failed" id="newest" href="/w/acme/apps/hello/deployments/2"' in page

    def test_shows_the_five_newest_deployments(self, alice: Client, world: World) -> None:
        deployed(world, world.app("hello"), times=7)

        page = alice.get("/w/acme/apps/hello").content.decode()

        assert 'href="/w/acme/apps/hello/deployments/3"' in page
        assert 'href="/w/acme/apps/hello/deployments/2"' not in page

    def test_needs_as_many_queries_for_many_deployments_as_for_few(self, alice: Client, world: World) -> None:
        app = world.app("hello")
        counts = []
        for times in (2, 15):
            deployed(world, app, times=times)
            alice.get("/w/acme/apps/hello")
            with CaptureQueriesContext(connection) as queries:
                alice.get("/w/acme/apps/hello")
            counts.append(len(queries))

        assert counts[1] == counts[0] <= MOST_QUERIES

    def test_refreshes_only_what_changes(self, alice: Client, world: World) -> None:
        deployments.request(world.alice, world.app("hello"), bundle=world.bundle())

        part = alice.get("/w/acme/apps/hello?part=live").content.decode()

        assert "data-poll" in part
        assert "<html" not in part

    def test_says_that_there_is_no_such_app(self, alice: Client) -> None:
        answer = alice.get("/w/acme/apps/nowhere")

        assert answer.status_code == 404
        assert "There is no app “nowhere” in Acme." in answer.content.decode()


class TestStopAndStart:
    def test_stop_wants_it_stopped(self, alice: Client, world: World) -> None:
        app = world.app("hello")

        answer = alice.post("/w/acme/apps/hello/stop", follow=True)

        app.refresh_from_db()
        assert app.desired_state == DesiredState.STOPPED
        assert "“hello” is stopping" in answer.content.decode()

    def test_start_wants_it_running(self, alice: Client, world: World) -> None:
        app = world.app("hello")
        alice.post("/w/acme/apps/hello/stop")

        alice.post("/w/acme/apps/hello/start")

        app.refresh_from_db()
        assert app.desired_state == DesiredState.RUNNING


class TestAtHost:
    ADDRESS = "/manage?host=hello-acme.apps.localhost"

    def test_leads_a_member_to_the_page_and_starts_nothing(self, alice: Client, world: World) -> None:
        app = world.app("hello")
        alice.post("/w/acme/apps/hello/stop")

        for answer in (alice.get(self.ADDRESS), alice.post(self.ADDRESS)):
            assert answer["Location"] == "/w/acme/apps/hello"

        app.refresh_from_db()
        assert app.desired_state == DesiredState.STOPPED

    def test_tells_a_stranger_as_much_as_of_an_address_that_nothing_has(self, charlie: Client, world: World) -> None:
        world.app("hello")

        there, nowhere = (charlie.get(f"/manage?host={label}-acme.apps.localhost") for label in ("hello", "hallo"))

        assert there.status_code == nowhere.status_code == 403
        said, wanted = (
            re.sub(r'(csrfmiddlewaretoken" value=)"\w+"', r"\1", a.content.decode()) for a in (there, nowhere)
        )
        assert said.replace("hello", "hallo") == wanted

    def test_asks_who_comes_first(self, world: World) -> None:
        world.app("hello")

        answer = Client().get(self.ADDRESS)

        assert answer["Location"] == "/sign-in?next=/manage%3Fhost%3Dhello-acme.apps.localhost"


class TestOverview:
    def test_draws_what_was_measured(self, alice: Client, world: World) -> None:
        app = world.app("hello")
        deployed(world, app)
        at = slots.begin(timezone.now(), 30) - timedelta(seconds=30)
        keeping.write(at, 30, {app.pk: Measured(30, 12, 1, memory_bytes=84 * 1024 * 1024, instances=1)})

        page = alice.get("/w/acme/apps/hello?range=24h").content.decode()

        assert "12 requests, 1 failed" in page
        assert "84 MiB" in page
        assert 'href="?range=7d#app-graphs"' in page
        assert "style=" not in page
        assert "<title>Deployment 1 became active</title>" in page

    def test_teaches_where_there_were_no_requests(self, alice: Client, world: World) -> None:
        app = world.app("hello")
        deployed(world, app)
        at = slots.begin(timezone.now(), 30) - timedelta(seconds=30)
        keeping.write(at, 30, {app.pk: Measured(30, memory_bytes=1, instances=1)})

        assert f'Open the app at <a href="{app.url}"' in alice.get("/w/acme/apps/hello").content.decode()

    def test_refreshes_the_graphs_alone(self, alice: Client, world: World) -> None:
        deployed(world, world.app("hello"))

        part = alice.get("/w/acme/apps/hello?part=graphs&range=nonsense").content.decode()

        assert "Nothing has been measured in the last hour" in part
        assert "<html" not in part
        assert "app-head" not in part

    def test_leads_admins_alone_to_the_base_image(self, alice: Client, bob: Client, world: World) -> None:
        deployed(world, world.app("hello"))

        pages = [client.get("/w/acme/apps/hello").content.decode() for client in (alice, bob)]

        assert ["/admin/deployments/baseimage/?q=clean" in page for page in pages] == [True, False]
        assert all("version 1" in page for page in pages)
