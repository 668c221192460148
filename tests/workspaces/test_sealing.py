"""A sealed value opens in its own row and nowhere else."""

from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.world import World
from workspaces import sealing
from workspaces.encryption import CannotOpen
from workspaces.models import Secret, SecretScope
from workspaces.operations import secret_scopes, secrets

NOW = datetime(2030, 1, 1, tzinfo=UTC)
KEYS = st.text("abAB._-1", min_size=1, max_size=6).filter(secrets.is_key)
VALUES = st.binary(max_size=40)
UNTIMED = settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])


@dataclass
class Scopes:
    """Two of one workspace, one of another with a name of the first's."""

    all: list[SecretScope]


@pytest.fixture
def scopes(world: World) -> Scopes:
    names = ((world.alice, "prod"), (world.alice, "test"), (world.charlie, "prod"))
    return Scopes([secret_scopes.create(principal, name=name) for principal, name in names])


def write(world: World, scope: SecretScope, key: str, value: bytes) -> Secret:
    principal = world.alice if scope.workspace_id == world.alice.workspace.pk else world.charlie
    return secrets.put(principal, scope, key=key, value=value, now=NOW)


def reread(secret: Secret) -> Secret:
    return Secret.objects.select_related("scope__workspace").get(pk=secret.pk)


class TestUnseal:
    @UNTIMED
    @given(st.integers(0, 2), st.integers(0, 2), KEYS, KEYS, VALUES)
    def test_opens_no_row_that_was_moved(
        self, world: World, scopes: Scopes, here: int, there: int, old_key: str, new_key: str, value: bytes
    ) -> None:
        Secret.objects.all().delete()
        secret = write(world, scopes.all[here], old_key, value)

        target = scopes.all[there]
        Secret.objects.filter(pk=secret.pk).update(scope=target, workspace=target.workspace, key=new_key)

        if (here, old_key) == (there, new_key):
            assert sealing.unseal(reread(secret)) == value
        else:
            with pytest.raises(CannotOpen):
                sealing.unseal(reread(secret))

    @UNTIMED
    @given(st.integers(0, 2), st.integers(0, 2), KEYS, KEYS, VALUES, VALUES)
    def test_opens_neither_of_two_that_were_swapped(
        self, world: World, scopes: Scopes, here: int, there: int, one: str, other: str, first: bytes, second: bytes
    ) -> None:
        Secret.objects.all().delete()
        left, right = write(world, scopes.all[here], one, first), write(world, scopes.all[there], other, second)
        if left.pk == right.pk:
            return

        Secret.objects.filter(pk=left.pk).update(sealed=bytes(right.sealed))
        Secret.objects.filter(pk=right.pk).update(sealed=bytes(left.sealed))

        for secret in (left, right):
            with pytest.raises(CannotOpen):
                sealing.unseal(reread(secret))

    def test_opens_nothing_in_a_scope_that_was_made_anew(self, world: World) -> None:
        old_scope = secret_scopes.create(world.alice, name="prod")
        sealed = bytes(write(world, old_scope, "k", b"old").sealed)
        secret_scopes.delete(world.alice, old_scope)
        new = write(world, secret_scopes.create(world.alice, name="prod"), "k", b"new")

        Secret.objects.filter(pk=new.pk).update(sealed=sealed)

        with pytest.raises(CannotOpen):
            sealing.unseal(reread(new))
