"""What base images name stays in the store for as long as they are there."""

import os
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from deployments.models import BaseImage, BaseImageLock, BaseImageVersion
from deployments.pipeline import platform
from deployments.reaping import packages
from deployments.venvs.lock import ArtefactKind, Lock, LockedPackage
from deployments.venvs.store import building
from deployments.venvs.store.wheels import PUBLIC, SITE, StoredWheel
from tests.wheels import build_wheel
from tests.world import World
from workspaces.models import Workspace

AGO_S = 90 * 86_400.0


@pytest.fixture
def adopted(tmp_path: Path) -> Callable[[str, str], StoredWheel]:
    """A wheel in the store, last wanted long ago."""

    def adopt(name: str, scope: str) -> StoredWheel:
        wheel = platform.store().wheels.adopt(build_wheel(tmp_path, name), scope, name=name)
        os.utime(wheel.path.parent, (time.time() - AGO_S,) * 2)
        return wheel

    return adopt


def published(workspace: Workspace | None, *content: LockedPackage, python: str = "3.11") -> BaseImage:
    image = BaseImage.objects.create(workspace=workspace, name="ours", build_uid=90_000, created_by_name="Alice")
    version = BaseImageVersion.objects.create(
        image=image, workspace=workspace, number=1, requirements="x", pythons=[python], created_by_name="Alice",
        published_at=timezone.now(),
    )  # fmt: skip
    BaseImageLock.objects.create(version=version, python=python, content=Lock(content).to_json())
    return image


def packaged(wheel: StoredWheel, kind: ArtefactKind = ArtefactKind.WHEEL, **fields: Any) -> LockedPackage:
    where = f"https://a.example/{wheel.name}"
    return LockedPackage(wheel.name, "1.0", kind, where, (f"sha256:{wheel.sha256}",), **fields)


def remaining(*wheels: StoredWheel) -> list[bool]:
    return [wheel.path.exists() for wheel in wheels]


class TestWheels:
    def test_of_a_site_image_stay_until_it_goes(
        self, world: World, adopted: Callable[[str, str], StoredWheel], now: datetime
    ) -> None:
        public, other = adopted("shared", PUBLIC), adopted("other", PUBLIC)
        image = published(None, packaged(public, is_public=True))

        packages.remove(now)
        kept = remaining(public, other)
        image.delete()
        packages.remove(now)

        assert kept == [True, False]
        assert remaining(public) == [False]

    def test_of_a_site_image_from_a_private_index_stay_in_each_workspace(
        self, world: World, adopted: Callable[[str, str], StoredWheel], now: datetime
    ) -> None:
        scopes = [platform.scope_of(who.workspace) for who in (world.alice, world.charlie)]
        wheels = [adopted("inner", scope) for scope in (*scopes, "w999999")]
        published(None, packaged(wheels[0]))

        packages.remove(now)

        assert remaining(*wheels) == [True, True, False]

    def test_of_a_workspace_image_stay_in_that_workspace(
        self, world: World, adopted: Callable[[str, str], StoredWheel], now: datetime
    ) -> None:
        own, foreign = (adopted("inner", platform.scope_of(who.workspace)) for who in (world.alice, world.charlie))
        published(world.alice.workspace, packaged(own))

        packages.remove(now)

        assert remaining(own, foreign) == [True, False]


class TestBuilds:
    @pytest.mark.parametrize("is_site", [True, False])
    def test_of_an_image_stay_until_it_goes(
        self, is_site: bool, world: World, adopted: Callable[[str, str], StoredWheel], now: datetime
    ) -> None:
        workspace = None if is_site else world.alice.workspace
        scope = SITE if workspace is None else platform.scope_of(workspace)
        wheel, other = adopted("built", scope), adopted("other", scope)
        interpreter = platform.interpreters()[0]
        package = LockedPackage("built", "1.0", ArtefactKind.SDIST, "https://a.example/b.tar.gz", ("sha256:ab",))
        store = platform.store().wheels
        store.remember_built(scope, building.key_of(package, interpreter.identity), wheel)
        image = published(workspace, package, python=interpreter.minor)

        packages.remove(now)
        kept = remaining(wheel, other)
        os.utime(wheel.path.parent, (time.time() - AGO_S,) * 2)
        image.delete()
        packages.remove(now)

        assert kept == [True, False]
        assert remaining(wheel) == [False]
