import pytest

from deployments.models import Deployment, EventKind, State
from deployments.models.deployment import TRANSITIONS
from deployments.operations import deployments
from tests.world import World


@pytest.fixture
def deployment(world: World) -> Deployment:
    return deployments.request(world.alice, world.app(), bundle=world.bundle())


class TestMove:
    @pytest.mark.parametrize("start", State)
    @pytest.mark.parametrize("to", State)
    def test_goes_where_the_table_allows_and_nowhere_else(
        self, deployment: Deployment, start: State, to: State
    ) -> None:
        Deployment.objects.filter(pk=deployment.pk).update(state=start)

        moved = deployment.move(to)

        assert moved == (to in TRANSITIONS[start])
        assert deployment.state == (to if moved else start)

    def test_leaves_one_event_for_each_move(self, deployment: Deployment) -> None:
        deployment.move(State.BUILDING)
        deployment.move(State.BUILDING)

        events = deployment.events.filter(kind=EventKind.STATE).values_list("name", flat=True)
        assert list(events) == [State.QUEUED, State.BUILDING]

    def test_leaves_the_object_as_the_row_is(self, deployment: Deployment) -> None:
        late = Deployment.objects.get(pk=deployment.pk)

        deployment.move(State.FAILED, failure_message="It broke.", lease_owner="me")
        late.move(State.CANCELLED, failure_message="Lost.")

        row = Deployment.objects.get(pk=deployment.pk)
        for name in ("state", "state_changed_at", "finished_at", "failure_message"):
            assert getattr(deployment, name) == getattr(late, name) == getattr(row, name)
        assert (row.failure_message, deployment.lease_owner, row.lease_owner) == ("It broke.", "me", "me")

    @pytest.mark.parametrize("end", [State.FAILED, State.CANCELLED])
    def test_notes_when_it_was_over(self, deployment: Deployment, end: State) -> None:
        deployment.move(end)

        assert deployment.finished_at == deployment.state_changed_at


def test_no_state_leads_back() -> None:
    order = list(State)
    assert all(order.index(to) > order.index(start) for start, targets in TRANSITIONS.items() for to in targets)
