"""Apps that serve, as far as the rows can tell."""

from deployments.models import App, Deployment, Instance, InstanceState, State
from deployments.operations import deployments
from tests.world import World


def deployed(world: World, app: App, *, times: int = 1) -> list[Deployment]:
    """Deployments that served one after another; the last still does."""
    return [_deploy(world, app) for _ in range(times)]


def _deploy(world: World, app: App) -> Deployment:
    app.refresh_from_db()
    before = app.active_deployment
    deployment = deployments.request(world.alice, app, bundle=world.bundle())
    for state in (State.BUILDING, State.STARTING):
        assert deployment.move(state)
    if before:
        assert before.move(State.DRAINING)
        assert before.move(State.RETIRED)
    assert deployment.move(State.ACTIVE)
    Instance.objects.create(workspace=app.workspace, deployment=deployment, state=InstanceState.HEALTHY)
    App.objects.filter(pk=app.pk).update(active_deployment=deployment)
    return deployment
