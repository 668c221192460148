"""What an image names and has no wheel, the platform builds once for all: thrift of the shipped image, from PyPI."""

import pytest
from django.utils import timezone

from deployments import tasks
from deployments.models import BaseImageVersion
from deployments.operations import base_images as images
from deployments.pipeline import base_images, platform
from deployments.venvs import shipped_images
from deployments.venvs.lock import ArtefactKind, Lock, Origin
from deployments.venvs.store.building import WheelBuilder
from deployments.venvs.store.wheels import SITE
from packagerepos.indexes import Indexes
from tests.world import World
from workspaces.models import User
from workspaces.principals import Principal

# The version that the shipped image's list leads to.
THRIFT = "thrift==0.20.0"


@pytest.fixture
def version(world: World) -> BaseImageVersion:
    """A site admin's image with thrift alone, resolved as a worker does it."""
    root = Principal(User.objects.create_superuser("root@example.org", name="Root"), world.alice.workspace, "admin")
    image = images.create(root, name="thrifty", requirements=THRIFT, pythons=[minor()], for_everybody=True)
    tasks.resolve_next_image()
    version = image.versions.get()
    return images.publish(root, version, now=timezone.now())


def minor() -> str:
    """A Python that the shipped image is for and that is here."""
    (apps,) = (image for image in shipped_images.shipped() if image.name == "apps")
    return next(found.minor for found in platform.interpreters() if found.minor in apps.pythons)


class TestSources:
    def test_are_built_once_by_the_platform(self, world: World, version: BaseImageVersion) -> None:
        interpreter = next(base_images.interpreters_of(version))
        content = base_images.lock_of(version, interpreter, lambda _: None, lambda: False)
        (thrift,) = (package for package in content.packages if package.name == "thrift")

        assert thrift.kind is ArtefactKind.SDIST
        (on_an_app,) = (one for one in overlaid(content).packages if one.name == "thrift")
        with platform.bench_in(platform.settings.HOME.scratch / "app", scope="w1", uid=90_001) as bench:
            builder = WheelBuilder(platform.store().wheels, interpreter, bench, Indexes(), None)
            found = builder.find(on_an_app)
        assert found is not None
        assert found.path.is_relative_to(platform.store().wheels.root / SITE)


def overlaid(content: Lock) -> Lock:
    from deployments.venvs.resolving import overlay

    assert all(package.origin is not Origin.BASE_IMAGE for package in content.packages)
    return Lock(overlay.over(content, ()))
