"""Base images' own metadata comes first when a module is missing."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.utils import timezone

from deployments.models import BaseImage, BaseImageLock, BaseImageVersion
from deployments.pipeline import known_modules, platform
from deployments.venvs.diagnosing.import_names import distribution_for
from deployments.venvs.lock import ArtefactKind, Lock, LockedPackage
from deployments.venvs.store import building
from deployments.venvs.store.wheels import PUBLIC, SITE, StoredWheel
from tests.wheels import build_wheel
from tests.world import World
from workspaces.models import Workspace


@pytest.fixture
def brings(tmp_path: Path, db: None) -> Iterator["Adopt"]:
    adopt = Adopt(tmp_path)
    yield adopt
    platform.store().wheels.remove_except((), (), idle_s=-1)


class Adopt:
    """Puts a wheel of ``name`` with the one ``module`` into the store."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __call__(self, name: str, module: str, scope: str = PUBLIC) -> StoredWheel:
        wheel = build_wheel(self._folder, name, files={f"{module}.py": ""})
        return platform.store().wheels.adopt(wheel, scope, name=name)


def image(
    workspace: Workspace | None, *packages: LockedPackage, is_published: bool = True, python: str = "3.11"
) -> None:
    now = timezone.now() if is_published else None
    row = BaseImage.objects.create(workspace=workspace, name="ours", build_uid=90_000, created_by_name="Alice")
    version = BaseImageVersion.objects.create(
        image=row, workspace=workspace, number=1, requirements="x", created_by_name="Alice", published_at=now
    )
    BaseImageLock.objects.create(version=version, python=python, content=Lock(packages).to_json())


def locked(wheel: StoredWheel, *, is_public: bool = True) -> LockedPackage:
    digest = f"sha256:{wheel.sha256}"
    return LockedPackage(wheel.name, "1.0", ArtefactKind.WHEEL, "https://a.example/w", (digest,), is_public=is_public)


def advice(world: World, module: str) -> str | None:
    return distribution_for(module, known_modules.import_names(world.alice.workspace))


class TestImportNames:
    def test_prefers_what_an_image_has_to_any_other_wheel(self, world: World, brings: Adopt) -> None:
        brings("pick", "pick")
        image(None, locked(brings("pick_for_images", "pick")))

        assert advice(world, "pick") == "pick-for-images"

    def test_prefers_what_an_image_has_to_the_kept_mapping(self, world: World, brings: Adopt) -> None:
        brings("opencv_python_headless", "cv2")
        image(None, locked(brings("opencv_contrib_python", "cv2")))

        assert advice(world, "cv2") == "opencv-contrib-python"

    def test_knows_what_was_built_for_an_image(self, world: World, brings: Adopt) -> None:
        brings("thrift", "thrift")
        interpreter = platform.interpreters()[0]
        package = LockedPackage("thrift-made", "1.0", ArtefactKind.SDIST, "https://a.example/t", ("sha256:ab",))
        wheel = brings("thrift_made", "thrift", SITE)
        platform.store().wheels.remember_built(SITE, building.key_of(package, interpreter.identity), wheel)
        image(None, package, python=interpreter.minor)

        assert advice(world, "thrift") == "thrift-made"

    def test_takes_no_draft_for_an_image(self, world: World, brings: Adopt) -> None:
        brings("pick", "pick")
        image(None, locked(brings("pick_for_images", "pick")), is_published=False)

        assert advice(world, "pick") == "pick"

    def test_keeps_the_images_of_other_workspaces_to_themselves(self, world: World, brings: Adopt) -> None:
        theirs = world.charlie.workspace
        wheel = brings("globex_inner", "inner", platform.scope_of(theirs))
        image(theirs, locked(wheel, is_public=False))

        assert advice(world, "inner") is None

    def test_asks_the_other_wheels_for_what_no_image_has(self, world: World, brings: Adopt) -> None:
        brings("acme_tools", "our_tools")
        image(None, locked(brings("pick_for_images", "pick")))

        assert advice(world, "our_tools.db") == "acme-tools"
