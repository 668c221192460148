"""Which environments get their byte-code next."""

import pytest
from django.utils import timezone

from deployments.models import Deployment, Environment, State
from deployments.operations import environments
from tests.deployments.locked import deployed, package
from tests.world import World


def in_state(world: World, name: str, state: State, **fields: object) -> Deployment:
    """A deployment of an app of its own, with an environment of its own."""
    made = deployed(world, world.app(name), package("six", "1.17.0"))
    environment = Environment.objects.create(
        key=f"{name:0<16}", python_version="3.11.9", **{"built_at": timezone.now(), **fields}
    )
    Deployment.objects.filter(pk=made.pk).update(state=state, environment=environment, launch={})
    return made


class TestUncompiled:
    def test_begins_with_what_serves_and_goes_on_with_what_failed(self, world: World) -> None:
        failed = in_state(world, "failed", State.FAILED)
        active = in_state(world, "active", State.ACTIVE)

        assert list(environments.uncompiled()) == [active, failed]

    @pytest.mark.parametrize("field", ["cleared_at", "marked_at", "compiled_at"])
    def test_passes_over_a_failed_one_whose_environment_goes_or_is_done(self, world: World, field: str) -> None:
        in_state(world, "failed", State.FAILED, **{field: timezone.now()})

        assert not environments.uncompiled().exists()

    def test_passes_over_one_that_was_never_built(self, world: World) -> None:
        in_state(world, "failed", State.FAILED, built_at=None)

        assert not environments.uncompiled().exists()
