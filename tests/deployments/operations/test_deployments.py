from datetime import UTC, datetime

import pytest
from django.conf import LazySettings
from django_q.models import OrmQ

from deployments.models import State
from deployments.operations import apps, deployments
from tests.world import World
from workspaces.errors import Conflict
from workspaces.models import AuditEvent

NOW = datetime(2026, 1, 1, tzinfo=UTC)


class TestRequest:
    def test_numbers_from_one_and_rings_the_worker(self, world: World) -> None:
        app = world.app()

        first = deployments.request(world.alice, app, bundle=world.bundle())

        assert (first.number, first.state) == (1, State.QUEUED)
        assert OrmQ.objects.count() == 1
        assert AuditEvent.objects.filter(verb="requested", object_name="hello #1").exists()

    def test_supersedes_a_waiting_one(self, world: World) -> None:
        app, bundle = world.app(), world.bundle()
        first = deployments.request(world.alice, app, bundle=bundle)

        second = deployments.request(world.alice, app, bundle=bundle)

        first.refresh_from_db()
        assert (first.state, second.state) == (State.CANCELLED, State.QUEUED)
        assert "Superseded by deployment 2" in first.events.last().text

    @pytest.mark.parametrize("site", [True, False])
    @pytest.mark.parametrize("own", [None, True, False])
    def test_copies_what_site_and_app_say_of_installing_packages(
        self, world: World, settings: LazySettings, site: bool, own: bool | None
    ) -> None:
        settings.ENVIRONMENT_MANAGEMENT = site
        app = apps.update(world.alice, world.app(), environment_management=own)

        requested = deployments.request(world.alice, app, bundle=world.bundle()).settings

        assert (requested["site_environment_management"], requested["environment_management"]) == (site, own)

    def test_manages_environments_unless_somebody_says_otherwise(self, world: World) -> None:
        requested = deployments.request(world.alice, world.app(), bundle=world.bundle()).settings

        assert (requested["site_environment_management"], requested["environment_management"]) == (True, None)

    def test_leaves_a_draft_waiting(self, world: World) -> None:
        app, bundle = world.app(), world.bundle()
        draft = deployments.request(world.alice, app, bundle=bundle, draft=True)

        deployments.request(world.alice, app, bundle=bundle)

        draft.refresh_from_db()
        assert draft.state == State.QUEUED

    def test_gives_the_same_deployment_for_the_same_idempotency_key(self, world: World) -> None:
        app, bundle = world.app(), world.bundle()

        one = deployments.request(world.alice, app, bundle=bundle, idempotency_key="k")
        two = deployments.request(world.alice, app, bundle=bundle, idempotency_key="k")

        assert one == two
        assert app.deployments.count() == 1

    def test_wants_a_stopped_app_running_again(self, world: World) -> None:
        app = world.app()
        apps.stop(world.alice, app)

        deployments.request(world.alice, app, bundle=world.bundle())

        app.refresh_from_db()
        assert app.desired_state == "running"

    def test_refuses_a_deleted_app(self, world: World) -> None:
        app = world.app()
        apps.delete(world.alice, app, now=NOW)

        with pytest.raises(Conflict, match="has been deleted"):
            deployments.request(world.alice, app, bundle=world.bundle())


class TestActivate:
    def test_copies_what_was_proven(self, world: World) -> None:
        app = world.app()
        old = _proven(world, app)

        new = deployments.activate(world.alice, app, old)

        assert (new.number, new.cause, new.activates) == (2, "rollback", old)
        assert (new.lock, new.launch, new.settings, new.bundle) == (old.lock, old.launch, old.settings, old.bundle)

    def test_refuses_one_that_never_passed(self, world: World) -> None:
        app = world.app()
        failed = deployments.request(world.alice, app, bundle=world.bundle())
        failed.move(State.FAILED)

        with pytest.raises(Conflict, match="never passed its checks"):
            deployments.activate(world.alice, app, failed)


class TestCancel:
    def test_ends_a_waiting_one_at_once(self, world: World) -> None:
        app = world.app()
        waiting = deployments.request(world.alice, app, bundle=world.bundle())

        deployments.cancel(world.alice, app, waiting, now=NOW)

        assert waiting.state == State.CANCELLED

    def test_asks_the_worker_of_one_that_builds(self, world: World) -> None:
        app = world.app()
        building = deployments.request(world.alice, app, bundle=world.bundle())
        building.move(State.BUILDING)

        deployments.cancel(world.alice, app, building, now=NOW)

        assert (building.state, building.cancel_requested_at) == (State.BUILDING, NOW)

    def test_refuses_a_finished_one(self, world: World) -> None:
        app = world.app()
        failed = deployments.request(world.alice, app, bundle=world.bundle())
        failed.move(State.FAILED)

        with pytest.raises(Conflict, match="nothing to cancel"):
            deployments.cancel(world.alice, app, failed, now=NOW)


def _proven(world: World, app: object) -> object:
    from deployments.models import Lock

    deployment = deployments.request(world.alice, app, bundle=world.bundle())
    deployment.lock = Lock.objects.create(workspace=world.alice.workspace, request_key="k", content={})
    deployment.launch = {"argv": ["python"]}
    deployment.save()
    for state in (State.BUILDING, State.STARTING, State.ACTIVE, State.DRAINING, State.RETIRED):
        assert deployment.move(state)
    return deployment
