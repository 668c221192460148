from datetime import UTC, datetime, timedelta

from deployments.models import Deployment, EventKind, State
from deployments.operations import deployments
from deployments.views.deployments import progress
from tests.world import World

START = datetime(2026, 1, 1, tzinfo=UTC)


def told(world: World, *moments: tuple[EventKind, str]) -> Deployment:
    """A deployment whose events are a second apart."""
    deployment = deployments.request(world.alice, world.app(), bundle=world.bundle())
    deployment.events.all().delete()
    for number, (kind, name) in enumerate([(EventKind.STATE, "queued"), *moments]):
        deployment.events.create(at=START + timedelta(seconds=number), kind=kind, name=name)
        if kind == EventKind.STATE:
            deployment.state = name
    return deployment


def state(name: str) -> tuple[EventKind, str]:
    return EventKind.STATE, name


class TestMarks:
    def test_shows_what_is_still_to_come(self, world: World) -> None:
        marks = progress.marks(told(world, state("building"), (EventKind.STEP_STARTED, "lock")))

        assert [(mark.title, mark.status) for mark in marks] == [
            ("Waiting", "done"), ("Building", "running"), ("Starting", "waiting"), ("Active", "waiting"),
        ]  # fmt: skip
        assert [(step.title, step.status) for step in marks[1].steps] == [("Resolve packages", "running")]
        assert marks[0].took == "1 s"

    def test_points_at_the_step_that_failed(self, world: World) -> None:
        steps = (
            (EventKind.STEP_STARTED, "unpack"),
            (EventKind.STEP_FINISHED, "unpack"),
            (EventKind.STEP_STARTED, "lock"),
        )

        marks = progress.marks(told(world, state("building"), *steps, state("failed")))

        assert [(mark.title, mark.status) for mark in marks] == [
            ("Waiting", "done"), ("Building", "failed"), ("Failed", "failed"),
        ]  # fmt: skip
        assert [step.status for step in marks[1].steps] == ["done", "failed"]

    def test_keeps_that_it_was_active(self, world: World) -> None:
        marks = progress.marks(told(world, *map(state, ("building", "starting", "active", "draining", "retired"))))

        assert [mark.title for mark in marks] == ["Waiting", "Building", "Starting", "Was active", "Draining"]
        assert marks[3].started_at == START + timedelta(seconds=3)
        assert State.RETIRED not in {mark.title for mark in marks}
