from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from deployments.models import App, State
from deployments.operations import access, apps, deployments, env_vars
from deployments.timeline import incidents
from deployments.timeline.incidents import Incident
from deployments.views.apps import recent_events
from tests.deployments.served import deployed
from tests.world import World


@pytest.fixture
def app(world: World) -> App:
    app = world.app("hello")
    deployed(world, app)
    return App.objects.select_related("workspace").get(pk=app.pk)


def told(world: World, app: App) -> list[str]:
    app.refresh_from_db()
    return [f"{event.who} {event.text}".strip() for event in recent_events.of(world.bob, app)]


class TestOf:
    def test_tells_of_deployments_and_who_asked_for_them(self, world: World, app: App) -> None:
        deployments.request(world.bob, app, bundle=world.bundle()).move(State.FAILED, failure_message="It broke.")

        assert told(world, app) == [
            "Deployment 2 failed", "Bob deployed 2", "Deployment 1 became active", "Alice deployed 1",
            "Alice created the app",
        ]  # fmt: skip
        assert recent_events.of(world.bob, app)[0].detail == "It broke."

    def test_tells_who_changed_what_without_values(self, world: World, app: App) -> None:
        apps.update(world.bob, app, title="Hello", startup_s=3)
        env_vars.replace(world.alice, app, dict.fromkeys(("A", "B", "C", "D", "E"), "hidden-value"))
        access.put(world.alice, app, access="everyone")
        apps.stop(world.bob, app)

        assert told(world, app)[:4] == [
            "Bob stopped the app",
            "Alice changed who may use the app",
            "Alice set A, B, C and 2 more",
            "Bob changed the app's startup and title",
        ]
        assert "hidden-value" not in str(recent_events.of(world.bob, app))

    def test_tells_of_crashes(self, world: World, app: App) -> None:
        assert app.active_deployment is not None
        for _ in range(3):
            incidents.note(app.active_deployment, Incident.CRASHED, "ended with exit code 1", timezone.now())

        assert (
            told(world, app)[0] == "An instance of deployment 1 ended with exit code 1 (3 times): it is started again"
        )

    def test_shows_nothing_of_another_app_or_workspace(self, world: World, app: App) -> None:
        apps.stop(world.alice, world.app("hello-2"))
        apps.stop(world.charlie, world.app("hello", by=world.charlie))

        assert not [line for line in told(world, app) if "stopped" in line]

    def test_shows_nothing_of_an_earlier_app_of_that_name(self, world: World) -> None:
        old = world.app("again")
        apps.stop(world.alice, old)
        apps.delete(world.alice, old, now=timezone.now())
        new = App.objects.select_related("workspace").get(pk=world.app("again", by=world.bob).pk)

        assert told(world, new) == ["Bob created the app"]

    def test_asks_twice_however_much_happened(self, world: World, app: App) -> None:
        for number in range(15):
            apps.update(world.alice, app, title=f"{number}")
        app.refresh_from_db()

        with CaptureQueriesContext(connection) as queries:
            events = recent_events.of(world.bob, app)

        assert (len(events), len(queries)) == (recent_events.SHOWN, 2)

    def test_keeps_what_happened_to_a_deployment_that_serves_for_long(self, world: World, app: App) -> None:
        App.objects.filter(pk=app.pk).update(last_deployment_number=100)
        assert app.active_deployment is not None
        later = timezone.now() + timedelta(minutes=1)
        incidents.note(app.active_deployment, Incident.EJECTED, "did not answer", later, times=2)

        assert told(world, app)[0].endswith("did not answer (2 times): the proxy passed it over for a while")


class TestPage:
    def test_leads_to_where_each_can_be_looked_at(self, alice: Client, world: World, app: App) -> None:
        apps.update(world.bob, app, title="Hello")

        page = alice.get("/w/acme/apps/hello").content.decode()

        assert 'Bob <a href="/w/acme/apps/hello/settings">changed the app&#x27;s title</a>' in page
        assert '<a href="/w/acme/apps/hello/deployments/1">Deployment 1 became active</a>' in page
