import pytest
from django.utils import timezone

from deployments.models import Deployment, Environment
from deployments.operations import deployments
from deployments.pipeline import platform, restoring
from deployments.pipeline.launches import StoredLaunch
from tests.world import World

KEY = "ab" * 8


@pytest.fixture
def deployment(world: World) -> Deployment:
    """It has a shared environment, which is on the disk."""
    row = Environment.objects.create(key=KEY, python_version="3.11.9", built_at=timezone.now())
    made = deployments.request(world.alice, world.app(), bundle=world.bundle())
    launch = {
        "framework": "none",
        "kind": "web_app",
        "argv": ["python"],
        "env": {},
        "python": "p",
        "python_version": "3",
    }
    made.launch, made.environment = StoredLaunch.from_json(launch | {"environment": KEY}).to_json(), row
    made.save()
    return made


class TestProblem:
    def test_is_that_it_is_not_there(self, deployment: Deployment) -> None:
        assert not platform.store().is_ready(KEY)
        assert restoring.problem(deployment) == "is not on the disk any more"

    def test_is_that_it_was_cleared_for_all(self, deployment: Deployment) -> None:
        Environment.objects.update(cleared_at=timezone.now(), cleared_because="cleared by an admin")
        deployment.refresh_from_db()

        assert restoring.problem(deployment) == "was cleared by an admin"

    def test_is_that_its_workspace_cleared_a_shared_one(self, deployment: Deployment, world: World) -> None:
        Environment.objects.get().avoided_by.add(world.charlie.workspace)
        of_others = restoring.problem(deployment)
        Environment.objects.get().avoided_by.add(world.alice.workspace)

        assert of_others == "is not on the disk any more"
        assert restoring.problem(deployment) == "was cleared by an admin for this workspace"
