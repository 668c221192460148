from datetime import datetime, timedelta
from typing import Any, cast

import pytest
from django.utils import timezone

from deployments.engines.base import Engine, InstanceSpec
from deployments.models import Deployment, Instance, InstanceState, State
from deployments.operations import deployments
from deployments.pipeline import upkeep
from deployments.pipeline.world import Memory, World
from tests import world as tests

#: Of an interpreter that no machine has, so that every start is refused.
LAUNCH: dict[str, Any] = {
    "framework": "none",
    "kind": "web_app",
    "argv": ["python"],
    "env": {},
    "python": "gone",
    "python_version": "3.0",
}


class Unreached:
    """An engine that holds nothing, and is asked for nothing because no start gets that far."""

    def start(self, spec: InstanceSpec) -> str:
        raise AssertionError(spec)


@pytest.fixture
def deployment(world: tests.World) -> Deployment:
    """Active, with an instance that was lost and cannot be started again."""
    deployment = deployments.request(world.alice, world.app(), bundle=world.bundle())
    Deployment.objects.filter(pk=deployment.pk).update(state=State.ACTIVE, launch=LAUNCH)
    deployment.refresh_from_db()
    Instance.objects.create(workspace=deployment.workspace, deployment=deployment, state=InstanceState.HEALTHY)
    return deployment


def look(deployment: Deployment, at: datetime) -> Instance:
    """The instance after one look."""
    around = World(cast(Engine, Unreached()), {}, at, Memory(), lambda **_: None)
    upkeep.keep(deployment, around, active_requests=0)
    return deployment.instances.get()


class TestKeep:
    def test_says_that_what_cannot_start_has_crashed(self, deployment: Deployment) -> None:
        assert look(deployment, timezone.now()).state == InstanceState.CRASHED

    def test_waits_before_it_tries_again(self, deployment: Deployment) -> None:
        first = look(deployment, timezone.now())

        soon = look(deployment, first.state_changed_at + timedelta(seconds=1))
        later = look(deployment, first.state_changed_at + upkeep.START_AGAIN)

        assert soon.state_changed_at == first.state_changed_at
        assert later.state_changed_at > first.state_changed_at
