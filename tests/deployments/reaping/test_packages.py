import os
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings, settings

from deployments.models import Lock
from deployments.pipeline import platform
from deployments.reaping import leftovers, packages
from tests.deployments.venvs.conftest import build_wheel
from tests.world import World

DAYS_90_S = 90 * 86_400.0


@pytest.fixture
def adopted(tmp_path: Path) -> Callable[[str, str], Any]:
    """A wheel in the store, last wanted long ago."""

    def adopt(name: str, scope: str) -> Any:
        wheel = platform.store().wheels.adopt(build_wheel(tmp_path, name), scope, name=name)
        ago = time.time() - DAYS_90_S
        os.utime(wheel.path.parent, (ago, ago))
        return wheel

    return adopt


def locked(world: World, wheel: Any) -> Lock:
    package = {
        "name": wheel.name, "version": "1.0", "kind": "wheel", "url": "https://a.example/a.whl",
        "hashes": [f"sha256:{wheel.sha256}"], "is_public": False, "origin": "requirements",
    }  # fmt: skip
    content = {"packages": [package], "notices": []}
    return Lock.objects.create(workspace=world.alice.workspace, request_key="k", content=content)


class TestRemove:
    def test_keeps_the_wheels_of_locks(self, world: World, adopted: Callable[[str, str], Any], now: datetime) -> None:
        own = platform.scope_of(world.alice.workspace)
        named, unnamed, elsewhere = adopted("named", own), adopted("unnamed", own), adopted("named", "w999999")
        locked(world, named)

        packages.remove(now)

        assert [wheel.path.exists() for wheel in (named, unnamed, elsewhere)] == [True, False, False]

    @pytest.mark.django_db
    def test_leaves_to_a_build_what_it_just_fetched(
        self, adopted: Callable[[str, str], Any], now: datetime, settings: LazySettings
    ) -> None:
        settings.ENVIRONMENT_KEEP_S = 0
        fetched, old = adopted("fetched", "public"), adopted("old", "public")
        for wheel, ago_s in ((fetched, 5.0), (old, settings.BUILD_TIMEOUT_S + 5.0)):
            os.utime(wheel.path.parent, (time.time() - ago_s,) * 2)

        packages.remove(now)

        assert [wheel.path.exists() for wheel in (fetched, old)] == [True, False]

    def test_keeps_what_was_wanted_of_late(
        self, world: World, adopted: Callable[[str, str], Any], now: datetime
    ) -> None:  # fmt: skip
        wheel = adopted("fresh", "public")

        found = platform.store().wheels.find("public", wheel.sha256)
        packages.remove(now)

        assert found is not None
        assert wheel.path.exists()


class TestLeftovers:
    def test_go_when_they_are_older_than_a_day(self, world: World, now: datetime, settings: LazySettings) -> None:
        home = settings.HOME
        old, new = home.uploads / "old", home.uploads / "new"
        cut_off = home.scratch / "ab" / "cd"
        cut_off.mkdir(parents=True, exist_ok=True)
        for path in (old, new):
            path.write_text("")
        ago = time.time() - 2 * 86_400
        for path in (old, cut_off):
            os.utime(path, (ago, ago))

        leftovers.remove(now)

        assert [path.exists() for path in (old, cut_off, new)] == [False, False, True]
        new.unlink()

    def test_of_killed_builds_go_when_the_workers_start(self, world: World) -> None:
        scratch = settings.HOME.scratch / "ab"
        for name in ("cd", "cache"):
            (scratch / name).mkdir(parents=True, exist_ok=True)

        leftovers.clear_workbenches()

        assert [path.name for path in scratch.iterdir()] == ["cache"]
