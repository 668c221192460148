from collections.abc import Sequence

import pytest

from deployments.models import App, AppState, DesiredState, Instance, InstanceState, State
from deployments.operations import deployments
from tests.world import World

HEALTHY, STARTING, CRASHED, DRAINING = (
    InstanceState.HEALTHY,
    InstanceState.STARTING,
    InstanceState.CRASHED,
    InstanceState.DRAINING,
)


class TestState:
    @pytest.mark.parametrize(
        ("states", "wanted", "expected"),
        [
            ([HEALTHY], 1, AppState.RUNNING),
            ([HEALTHY, HEALTHY], 2, AppState.RUNNING),
            ([HEALTHY, CRASHED], 2, AppState.DEGRADED),
            ([HEALTHY], 2, AppState.DEGRADED),
            ([CRASHED], 1, AppState.CRASHED),
            ([STARTING], 1, AppState.STARTING),
            ([DRAINING], 1, AppState.STARTING),
            ([], 1, AppState.STARTING),
        ],
    )
    def test_is_read_from_the_instances(
        self, world: World, states: Sequence[InstanceState], wanted: int, expected: AppState
    ) -> None:
        app = serving(world, states)
        app.instances = wanted

        assert app.state == expected

    def test_is_empty_before_the_first_deployment(self, world: World) -> None:
        assert world.app().state == AppState.EMPTY

    def test_is_starting_while_the_first_deployment_is_on_its_way(self, world: World) -> None:
        app = world.app()
        deployments.request(world.alice, app, bundle=world.bundle())

        assert App.objects.get(pk=app.pk).state == AppState.STARTING

    def test_is_stopped_when_that_is_wanted(self, world: World) -> None:
        app = serving(world, [HEALTHY])
        app.desired_state = DesiredState.STOPPED

        assert app.state == AppState.STOPPED


def serving(world: World, states: Sequence[InstanceState]) -> App:
    app = world.app()
    deployment = deployments.request(world.alice, app, bundle=world.bundle())
    for state in (State.BUILDING, State.STARTING, State.ACTIVE):
        assert deployment.move(state)
    for instance_state in states:
        Instance.objects.create(workspace=app.workspace, deployment=deployment, state=instance_state)
    App.objects.filter(pk=app.pk).update(active_deployment=deployment)
    return App.objects.get(pk=app.pk)
