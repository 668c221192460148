from datetime import UTC, datetime, timedelta

from deployments.models import DeploymentEvent, EventKind, State
from deployments.timeline import phases
from deployments.timeline.phases import Phase, Step

START = datetime(2026, 1, 1, tzinfo=UTC)


def at(second: float) -> datetime:
    return START + timedelta(seconds=second)


def entered(second: float, state: State) -> DeploymentEvent:
    return DeploymentEvent(at=at(second), kind=EventKind.STATE, name=state)


def started(second: float, step: str) -> DeploymentEvent:
    return DeploymentEvent(at=at(second), kind=EventKind.STEP_STARTED, name=step)


def finished(second: float, step: str) -> DeploymentEvent:
    return DeploymentEvent(at=at(second), kind=EventKind.STEP_FINISHED, name=step)


class TestPhases:
    def test_of_a_whole_life(self) -> None:
        events = [
            entered(0, State.QUEUED),
            entered(1, State.BUILDING),
            started(1, "unpack"),
            finished(2, "unpack"),
            started(2, "lock"),
            finished(4, "lock"),
            entered(5, State.STARTING),
            started(5, "startup"),
            finished(9, "startup"),
            entered(10, State.ACTIVE),
            entered(60, State.DRAINING),
            entered(75, State.RETIRED),
        ]

        assert phases.of(events) == (
            Phase("queued", at(0), at(1)),
            Phase("building", at(1), at(5), (Step("unpack", at(1), at(2)), Step("lock", at(2), at(4)))),
            Phase("starting", at(5), at(10), (Step("startup", at(5), at(9)),)),
            Phase("draining", at(60), at(75)),
        )

    def test_are_none_without_events(self) -> None:
        assert phases.of([]) == ()

    def test_leave_what_runs_open(self) -> None:
        events = [entered(0, State.QUEUED), entered(1, State.BUILDING), started(1, "lock")]

        assert phases.of(events)[1] == Phase("building", at(1), None, (Step("lock", at(1), None),))

    def test_end_a_step_that_failed_with_its_phase(self) -> None:
        events = [entered(1, State.BUILDING), started(2, "lock"), entered(4, State.FAILED)]

        assert phases.of(events) == (Phase("building", at(1), at(4), (Step("lock", at(2), at(4)),)),)

    def test_of_a_request_cancelled_while_it_waited(self) -> None:
        assert phases.of([entered(0, State.QUEUED), entered(3, State.CANCELLED)]) == (Phase("queued", at(0), at(3)),)

    def test_do_not_hear_a_worker_that_reports_after_the_end(self) -> None:
        events = [
            entered(1, State.BUILDING),
            started(2, "lock"),
            entered(3, State.CANCELLED),
            finished(4, "lock"),
            started(4, "environment"),
        ]

        assert phases.of(events) == (Phase("building", at(1), at(3), (Step("lock", at(2), at(3)),)),)

    def test_ignore_the_end_of_a_step_that_never_began(self) -> None:
        assert phases.of([entered(1, State.BUILDING), finished(2, "lock")]) == (Phase("building", at(1)),)

    def test_keep_the_first_end_of_a_step(self) -> None:
        events = [entered(0, State.BUILDING), started(1, "lock"), finished(2, "lock"), finished(9, "lock")]

        assert phases.of(events)[0].steps == (Step("lock", at(1), at(2)),)


class TestPhasesOfABuildTakenOver:
    CRASHED = (
        entered(0, State.BUILDING),
        started(1, "unpack"),
        finished(2, "unpack"),
        started(2, "lock"),
        # The worker dies, another begins anew.
        started(20, "unpack"),
    )

    def test_show_the_running_step_as_the_last(self) -> None:
        assert phases.of(self.CRASHED) == (Phase("building", at(0), None, (Step("unpack", at(20)),)),)

    def test_show_each_step_as_it_ran_last(self) -> None:
        events = [*self.CRASHED, finished(21, "unpack"), started(21, "lock"), finished(25, "lock")]

        assert phases.of(events)[0].steps == (Step("unpack", at(20), at(21)), Step("lock", at(21), at(25)))

    def test_still_begin_when_the_first_worker_did(self) -> None:
        events = [*self.CRASHED, entered(30, State.STARTING)]

        assert phases.of(events)[0] == Phase("building", at(0), at(30), (Step("unpack", at(20), at(30)),))
