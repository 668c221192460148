"""The disk becomes full while a build is at a certain step: it fails with a sentence and leaves nothing half-made.

Real is the disk, a file system of a few MB that holds all that a build writes; chosen is only the moment.
"""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import LazySettings

from config.home import Home
from deployments import tasks
from deployments.failures import FailureKind
from deployments.models import App, Deployment, State
from deployments.operations import deployments
from deployments.pipeline import platform
from deployments.pipeline.steps import Story
from tests.full_disk import Disk, mounted
from tests.journeys.platform import pack
from tests.wheels import build_wheel
from tests.world import World

# Leases are renewed from a thread with a connection of its own.
pytestmark = pytest.mark.django_db(transaction=True)

SIZE_MB = 48
KB = 1024
#: What the wheel of the build in question has and unpacks to.
LARGE = 2048 * KB
APP = {"app.py": "print('hello')\n", "app.yaml": "command: [python, app.py]\n"}

#: Step at whose beginning the disk is filled, and how much of it is left then.
MOMENTS = {
    "unpacking": ("unpack", 64 * KB),
    "the log": ("spec", 0),
    "what the platform writes for the resolver": ("lock", 4 * KB),
    "the copy of the source for the resolver": ("lock", 12 * KB),
    "what the resolver writes": ("lock", LARGE + 256 * KB),
    "a wheel for the store": ("environment", 256 * KB),
    "a new environment": ("environment", LARGE + 32 * KB),
    "what is unpacked of a wheel": ("environment", LARGE + 1024 * KB),
}


@pytest.fixture
def disk(tmp_path: Path, settings: LazySettings, short_temporary_folder: None) -> Iterator[Disk]:
    with mounted(tmp_path / "home", size_mb=SIZE_MB) as disk:
        settings.HOME = Home(disk.root)
        settings.HOME.create()
        yield disk


@pytest.fixture
def app(world: World, disk: Disk) -> App:
    return world.app()


def source(tmp_path: Path, name: str, *, of_bytes: int = 0) -> bytes:
    """An app with a wheel of its own that holds ``of_bytes`` which cannot be made smaller."""
    noise = os.urandom(of_bytes // 2).hex()
    wheel = build_wheel(tmp_path, name, files={f"{name}.py": f"NOISE = '{noise}'\n"})
    requirements = f"--no-index\n./{wheel.name}\n"
    return pack({**APP, "requirements.txt": requirements, wheel.name: wheel.read_bytes()})


def built(world: World, app: App, content: bytes) -> Deployment:
    return build(deployments.request(world.alice, app, bundle=world.bundle(content)))


def build(deployment: Deployment) -> Deployment:
    tasks.build_next()
    deployment.refresh_from_db()
    return deployment


@pytest.fixture
def fills(monkeypatch: pytest.MonkeyPatch, disk: Disk) -> Callable[[str, int], None]:
    """Fill the disk when a step begins, once."""

    def at(step: str, leaving_bytes: int) -> None:
        real, due = Story.step, [step]

        def filling(story: Story, name: str, title: str):
            if name in due:
                due.remove(name)
                disk.fill(leaving_bytes=leaving_bytes)
                # A line that needs a block of its own.
                title *= 1 if leaving_bytes else 500
            return real(story, name, title)

        monkeypatch.setattr(Story, "step", filling)

    return at


def half_made(disk: Disk) -> list[str]:
    """What no finished build would leave."""
    home, store = disk.root, platform.store()
    ready = store.keys()
    environments = [path for path in (home / "environments").glob("[0-9a-f]*") if path.name not in ready]
    wheels = [folder for folder in (home / "wheels").glob("*/files/*") if not list(folder.glob("*.whl"))]
    left = [*environments, *wheels, *(home / "environments/.trash").glob("*"), *(home / "wheels").glob("*/incoming/*")]
    left += [*(home / "trees/.new").glob("*"), *(home / "trees").glob(".gone-*")]
    left += [path for path in (home / "scratch").glob("*/*") if path.name != "cache"]
    left += (home / "uploads").glob("*")
    left += [path for path in home.rglob(".*.[0-9]*") if path.is_file()]
    left += [path for path in (home / "bundles").glob("*/*/*") if path.name not in {"archive", "source"}]
    return [str(path.relative_to(home)) for path in left]


class TestFullDisk:
    @pytest.mark.parametrize("moment", MOMENTS)
    def test_fails_one_build_and_nothing_else(
        self, moment: str, world: World, app: App, disk: Disk, tmp_path: Path, fills: Callable[[str, int], None]
    ) -> None:
        other = built(world, world.app("other"), source(tmp_path, "other"))
        assert other.state == State.STARTING, other.failure_message
        other.move(State.ACTIVE)
        step, leaving_bytes = MOMENTS[moment]
        fills(step, leaving_bytes)

        failed = built(world, app, source(tmp_path, "large", of_bytes=LARGE))

        assert (failed.state, failed.failure_kind) == (State.FAILED, FailureKind.DISK_FULL)
        assert "disk is full" in failed.failure_message
        assert "free space, then deploy again" in failed.failure_hint
        assert str(disk.root) not in failed.failure_message + failed.failure_hint
        disk.free()
        assert half_made(disk) == []
        other.refresh_from_db()
        assert (other.state, platform.store().verify(other.environment.key)) == (State.ACTIVE, ())

        again = build(deployments.request(world.alice, app, bundle=failed.bundle))

        assert again.state == State.STARTING, again.failure_message
        assert platform.store().verify(again.environment.key) == ()
