from datetime import timedelta

import pytest
from django.conf import LazySettings
from django.utils import timezone

from deployments.failures import FailureKind
from deployments.models import Deployment, State
from deployments.operations import builds, deployments
from tests.world import World

NOW = timezone.now()
LATER = NOW + timedelta(minutes=1)


def request(world: World, name: str, by: str = "alice", **fields: bool) -> Deployment:
    principal = getattr(world, by)
    app = world.app(name, by=principal)
    return deployments.request(principal, app, bundle=world.bundle(by=principal), **fields)


class TestClaim:
    def test_takes_the_oldest_under_a_lease(self, world: World) -> None:
        first = request(world, "one")
        request(world, "two")

        claimed = builds.claim("me", NOW)

        assert claimed == first
        assert (claimed.state, claimed.lease_owner, claimed.build_attempts) == (State.BUILDING, "me", 1)

    def test_gives_the_next_turn_to_the_workspace_that_builds_least(self, world: World) -> None:
        request(world, "one")
        request(world, "two")
        charlies = request(world, "three", by="charlie")

        builds.claim("me", NOW)

        assert builds.claim("you", NOW) == charlies

    def test_finds_nothing_when_all_is_leased(self, world: World) -> None:
        request(world, "one")
        builds.claim("me", NOW)

        assert builds.claim("you", NOW) is None

    def test_takes_over_what_was_abandoned(self, world: World) -> None:
        first = request(world, "one")
        builds.claim("dead", NOW)

        claimed = builds.claim("me", LATER)

        assert claimed == first
        assert (claimed.lease_owner, claimed.build_attempts) == ("me", 2)

    def test_waits_while_another_of_the_app_starts_but_lets_a_draft_pass(self, world: World) -> None:
        app = world.app()
        starting = deployments.request(world.alice, app, bundle=world.bundle())
        starting.move(State.BUILDING)
        starting.move(State.STARTING)
        deployments.request(world.alice, app, bundle=world.bundle())
        draft = deployments.request(world.alice, app, bundle=world.bundle(), draft=True)

        assert builds.claim("me", NOW) == draft
        assert builds.claim("me", NOW) is None


class TestRenew:
    def test_extends_my_lease(self, world: World) -> None:
        request(world, "one")
        mine = builds.claim("me", NOW)
        assert mine is not None

        assert builds.renew(mine, "me", LATER)
        assert builds.claim("you", LATER) is None

    def test_fails_when_another_took_over(self, world: World) -> None:
        request(world, "one")
        mine = builds.claim("me", NOW)
        assert mine is not None
        builds.claim("you", LATER)

        assert not builds.renew(mine, "me", LATER)

    def test_fails_when_it_is_to_be_cancelled(self, world: World) -> None:
        request(world, "one")
        mine = builds.claim("me", NOW)
        assert mine is not None
        deployments.cancel(world.alice, mine.app, mine, now=NOW)

        assert not builds.renew(mine, "me", LATER)


class TestFailExhausted:
    def test_gives_up_with_a_sentence(self, world: World, settings: LazySettings) -> None:
        deployment = request(world, "one")
        for attempt in range(settings.BUILD_ATTEMPTS):
            assert builds.claim("dies", NOW + attempt * timedelta(minutes=1)) == deployment

        assert builds.fail_exhausted(NOW + timedelta(hours=1)) == 1

        deployment.refresh_from_db()
        assert (deployment.state, deployment.failure_kind) == (State.FAILED, FailureKind.INTERRUPTED)
        assert builds.claim("me", NOW + timedelta(hours=1)) is None


@pytest.mark.parametrize("state", [State.ACTIVE, State.RETIRED, State.FAILED, State.CANCELLED])
def test_nothing_that_is_over_can_be_claimed(world: World, state: State) -> None:
    deployment = request(world, "one")
    Deployment.objects.filter(pk=deployment.pk).update(state=state)

    assert builds.claim("me", LATER) is None
