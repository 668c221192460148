from datetime import timedelta

import pytest
from django.utils import timezone

from deployments.models import Deployment, EventKind, State
from deployments.operations import deployments
from deployments.timeline import incidents, phases
from deployments.timeline.incidents import Incident
from tests.world import World

NOW = timezone.now()


@pytest.fixture
def deployment(world: World) -> Deployment:
    return deployments.request(world.alice, world.app(), bundle=world.bundle())


def rows(deployment: Deployment) -> list[tuple[str, int]]:
    found = deployment.events.filter(kind=EventKind.INCIDENT)
    return [(event.text, event.times) for event in found.order_by("at")]


class TestNote:
    def test_counts_the_same_again(self, deployment: Deployment) -> None:
        for minute in range(0, 90, 10):
            incidents.note(deployment, Incident.CRASHED, "ended with exit code 1", NOW + timedelta(minutes=minute))
        incidents.note(deployment, Incident.CRASHED, "was ended by signal 9", NOW + timedelta(minutes=81))

        assert rows(deployment) == [("ended with exit code 1", 9), ("was ended by signal 9", 1)]

    def test_begins_anew_after_a_quiet_time(self, deployment: Deployment) -> None:
        for hours in (0, 2):
            incidents.note(deployment, Incident.CRASHED, "ended with exit code 1", NOW + timedelta(hours=hours))

        assert [times for _, times in rows(deployment)] == [1, 1]

    def test_lets_the_oldest_go(self, deployment: Deployment, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(incidents, "MOST", 3)
        for code in range(5):
            incidents.note(deployment, Incident.CRASHED, f"ended with exit code {code}", NOW + timedelta(hours=code))

        assert [text[-1] for text, _ in rows(deployment)] == ["2", "3", "4"]

    def test_is_no_step_of_a_phase(self, deployment: Deployment) -> None:
        for state in (State.BUILDING, State.STARTING):
            deployment.move(state)
        before = phases.of(deployment.events.all())

        incidents.note(deployment, Incident.CRASHED, "ended", timezone.now())

        assert phases.of(deployment.events.all()) == before
