from itertools import product

from django.utils import timezone

from deployments.models import App, AppState, DesiredState, Instance, State, app_states
from deployments.operations import deployments
from tests.world import World

INSTANCES = [
    (), ("healthy",), ("healthy", "healthy"), ("healthy", "crashed"), ("crashed",), ("starting",), ("draining",),
    ("stopped",), ("crashed", "stopped"), ("healthy", "stopped"),
]  # fmt: skip


def app_in(world: World, name: str, *, states: tuple[str, ...], wanted: int = 1, **values: object) -> App:
    """An app that serves with instances in ``states``."""
    app = world.app(name)
    deployment = deployments.request(world.alice, app, bundle=world.bundle())
    deployment.move(State.CANCELLED)
    Instance.objects.bulk_create(
        Instance(workspace=app.workspace, deployment=deployment, state=state) for state in states
    )
    App.objects.filter(pk=app.pk).update(active_deployment=deployment, instances=wanted, **values)
    return app


class TestCount:
    def test_says_of_each_app_what_the_app_itself_says(self, world: World) -> None:
        for number, (states, wanted) in enumerate(product(INSTANCES, (1, 2))):
            app_in(world, f"app-{number}", states=states, wanted=wanted)
        app_in(world, "stopped", states=("healthy",), desired_state=DesiredState.STOPPED)
        app_in(world, "deleted", states=("healthy",), deleted_at=timezone.now())
        world.app("empty")
        deployments.request(world.alice, world.app("waiting"), bundle=world.bundle())
        deployments.request(world.alice, world.app("draft"), bundle=world.bundle(), draft=True)

        said = {app.pk: app.state for app in App.objects.with_state()}

        assert set(said.values()) == set(AppState)
        assert {pk: app_states.count(App.objects.filter(pk=pk)) for pk in said} == {
            pk: {state: 1} for pk, state in said.items()
        }

    def test_adds_them_up_in_one_query(self, world: World, django_assert_num_queries: object) -> None:
        for number in range(3):
            world.app(f"app-{number}")
        app_in(world, "serving", states=("healthy",))

        with django_assert_num_queries(1):
            found = app_states.count(App.objects.all())

        assert found == {AppState.EMPTY: 3, AppState.RUNNING: 1}
