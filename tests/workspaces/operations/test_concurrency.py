"""Two at once, each in a transaction and thread of its own: what either may do alone, both may not."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connections
from django.utils import timezone

from tests import world as people
from workspaces.errors import PlatformError
from workspaces.models import ScopeAcl, ScopePermission, Secret, SecretScope
from workspaces.operations import groups, scope_acls, secret_scopes, secrets

MANAGE = ScopePermission.MANAGE
ROUNDS = 5


@pytest.fixture
def world(transactional_db: None) -> people.World:
    return people.create()


def at_once(*acts: Callable[[], Any]) -> int:
    """How many were refused."""
    barrier = Barrier(len(acts))

    def is_refused(act: Callable[[], Any]) -> bool:
        try:
            barrier.wait(10)
            act()
        except PlatformError:
            return True
        finally:
            connections.close_all()
        return False

    with ThreadPoolExecutor(len(acts)) as pool:
        return sum(pool.map(is_refused, acts))


def managers(scope: SecretScope) -> int:
    return ScopeAcl.objects.filter(scope=scope, permission=MANAGE).count()


class TestTwoManagers:
    def test_cannot_both_leave(self, world: people.World) -> None:
        for number in range(ROUNDS):
            scope = secret_scopes.create(world.alice, name=f"s{number}")
            scope_acls.put(world.alice, scope, grantee="bob@example.org", permission=MANAGE)

            at_once(
                lambda scope=scope: scope_acls.delete(world.alice, scope, grantee="alice@example.org"),
                lambda scope=scope: scope_acls.put(
                    world.bob, scope, grantee="bob@example.org", permission=ScopePermission.READ
                ),
            )

            assert managers(scope) == 1

    def test_cannot_leave_while_the_other_is_a_group_that_ends(self, world: people.World) -> None:
        for number in range(ROUNDS):
            scope = secret_scopes.create(world.alice, name=f"s{number}")
            group = groups.create(world.alice, name=f"team {number}")
            scope_acls.put(world.alice, scope, grantee=group.name, permission=MANAGE)

            refused = at_once(
                lambda scope=scope: scope_acls.delete(world.alice, scope, grantee="alice@example.org"),
                lambda group=group: groups.delete(world.alice, group),
            )

            assert (refused, managers(scope)) == (1, 1)


class TestTwoWriters:
    def test_make_one_secret_of_a_new_key(self, world: people.World) -> None:
        scope = secret_scopes.create(world.alice, name="prod")

        refused = at_once(
            *(
                lambda value=value: secrets.put(world.alice, scope, key="k", value=value, now=timezone.now())
                for value in (b"a", b"b", b"c")
            )
        )

        assert (refused, Secret.objects.count()) == (0, 1)
        assert secrets.read(world.alice, scope, key="k") in {b"a", b"b", b"c"}

    def test_cannot_both_write_the_last_secret(self, world: people.World, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(secrets, "MAX_SECRETS", 1)
        scope = secret_scopes.create(world.alice, name="prod")

        refused = at_once(
            *(
                lambda key=key: secrets.put(world.alice, scope, key=key, value=b"v", now=timezone.now())
                for key in ("a", "b", "c")
            )
        )

        assert (refused, Secret.objects.count()) == (2, 1)

    def test_make_one_scope_of_a_new_name(self, world: people.World) -> None:
        refused = at_once(
            *(lambda name=name: secret_scopes.create(world.alice, name=name) for name in ("Prod", "prod"))
        )

        assert (refused, SecretScope.objects.count()) == (1, 1)
