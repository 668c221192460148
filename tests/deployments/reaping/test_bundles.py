from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings

from deployments import layout
from deployments.models import Bundle, Deployment, Lock, State
from deployments.operations import bundles as uploads
from deployments.operations import deployments
from deployments.operations import environments as rows
from deployments.pipeline import locks, platform
from deployments.reaping import bundles
from deployments.venvs.lock import Lock as ResolvedLock
from deployments.venvs.management import Management
from tests.world import World
from workspaces.errors import Conflict

Make = Callable[..., Any]
OLD = timedelta(days=60)


@pytest.fixture
def history(world: World, deployed: Make, settings: LazySettings, now: datetime) -> list[Deployment]:
    """Four deployments of one app, of which two keep their source unpacked and three their upload."""
    settings.KEPT_DEPLOYMENTS, settings.KEPT_BUNDLES = 2, 3
    app = world.app()
    found = [deployed(app, State.RETIRED, None) for _ in range(4)]
    for deployment in found:
        layout.source(deployment.bundle).mkdir()
        lock = Lock.objects.create(
            workspace=app.workspace, request_key=deployment.uuid.hex, content={"packages": [], "notices": []}
        )  # fmt: skip
        Deployment.objects.filter(pk=deployment.pk).update(lock=lock, launch={})
    Bundle.objects.update(created_at=now - OLD)
    Lock.objects.update(created_at=now - OLD)
    return found


def archives(history: list[Deployment]) -> list[bool]:
    return [layout.archive(deployment.bundle).exists() for deployment in history]


def sources(history: list[Deployment]) -> list[bool]:
    return [layout.source(deployment.bundle).exists() for deployment in history]


class TestRemove:
    def test_keeps_the_last_uploads_of_each_app(self, history: list[Deployment], now: datetime) -> None:
        bundles.remove(now)
        bundles.pack_up(now)

        assert archives(history) == [False, True, True, True]
        assert sources(history) == [False, False, True, True]
        assert not list(Path(layout.bundle_folder(history[0].bundle)).parent.glob(".removed-*"))

    def test_keeps_what_serves_however_old(self, history: list[Deployment], now: datetime) -> None:
        Deployment.objects.filter(pk=history[0].pk).update(state=State.ACTIVE)

        bundles.remove(now)
        bundles.pack_up(now)

        assert (archives(history)[0], sources(history)[0]) == (True, True)

    def test_tells_who_asks_for_it_later(self, world: World, history: list[Deployment], now: datetime) -> None:
        bundles.remove(now)
        bundles.remove_locks(now)
        history[0].refresh_from_db()

        with pytest.raises(Conflict, match="The source of that deployment is not kept any more"):
            deployments.activate(world.alice, history[0].app, history[0])
        with pytest.raises(Conflict, match="not kept any more"):
            deployments.request(world.alice, history[0].app, bundle=history[0].bundle)

    def test_comes_back_with_the_same_upload(self, world: World, history: list[Deployment], now: datetime) -> None:
        content = layout.archive(history[0].bundle).read_bytes()
        bundles.remove(now)

        bundle = uploads.receive(world.alice, [content])

        assert (bundle.pk, bundle.removed_at) == (history[0].bundle.pk, None)
        assert layout.archive(bundle).read_bytes() == content
        assert deployments.request(world.alice, history[0].app, bundle=bundle)

    def test_comes_back_without_its_lock(self, world: World, history: list[Deployment], now: datetime) -> None:
        content = layout.archive(history[0].bundle).read_bytes()
        bundles.remove(now)
        bundles.remove_locks(now)
        uploads.receive(world.alice, [content])

        with pytest.raises(Conflict, match="The lock of deployment 1 of 'hello' is not kept any more"):
            deployments.activate(world.alice, history[0].app, history[0])


class TestRemoveLocks:
    def test_keeps_those_of_deployments_that_can_serve_again(self, history: list[Deployment], now: datetime) -> None:
        bundles.remove(now)

        assert bundles.remove_locks(now) == 1

        for deployment in history:
            deployment.refresh_from_db()
        assert [deployment.lock is not None for deployment in history] == [False, True, True, True]

    def test_a_build_holds_the_one_it_found(self, world: World, history: list[Deployment], now: datetime) -> None:
        lock = Lock.objects.get(deployments=history[0])
        waiting = deployments.request(world.alice, world.app("other"), bundle=world.bundle(b"new"))

        assert rows.hold_lock(waiting, lock.request_key) == lock
        bundles.remove(now)

        assert bundles.remove_locks(now) == 0
        lock.delete()
        assert rows.hold_lock(waiting, lock.request_key) is None

    def test_a_build_that_installs_nothing_holds_its_own(
        self, world: World, history: list[Deployment], now: datetime
    ) -> None:
        managed, interpreter = Management(False, "off"), platform.interpreters()[0]
        earlier, waiting = (
            deployments.request(world.alice, world.app(name), bundle=history[0].bundle) for name in "ab"
        )
        locks._unmanaged(earlier, managed, interpreter, ResolvedLock(()))
        Lock.objects.update(created_at=now - OLD)

        locks._unmanaged(waiting, managed, interpreter, ResolvedLock(()))
        bundles.remove(now)
        bundles.remove_locks(now)

        assert waiting.lock == earlier.lock
        assert Lock.objects.filter(pk=waiting.lock_id).exists()
