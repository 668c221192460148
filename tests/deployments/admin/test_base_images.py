"""What the admin shows of base images: for which Pythons they are, and exactly what they hold."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from deployments.models import BaseImage, BaseImageVersion
from deployments.operations import base_image_rows
from deployments.pipeline import platform
from deployments.venvs.lock import Lock
from tests.deployments.locked import package
from tests.world import World
from workspaces import unix_users


@pytest.fixture
def alice(world: World) -> Client:
    client = Client()
    client.force_login(world.alice.user)
    return client


def page_of(client: Client, version: BaseImageVersion) -> str:
    return client.get(reverse("admin:deployments_baseimageversion_change", args=[version.pk])).content.decode()


def image_for(*pythons: str, requirements: str = "flask\nsix==1.17.0") -> BaseImageVersion:
    image = BaseImage.objects.create(name="tools", build_uid=unix_users.next_uid(), created_by_name="Root")
    return image.versions.create(
        number=1, requirements=requirements, pythons=list(pythons), created_by_name="Root",
        published_at=timezone.now(),
    )  # fmt: skip


class TestAVersion:
    def test_shows_its_list_and_the_pins_with_their_hashes(self, alice: Client) -> None:
        python = platform.interpreters()[0].minor
        version = image_for(python)
        flask = package("flask", "3.1.0")
        base_image_rows.keep_lock(version, python, Lock((flask,)).to_json())

        page = page_of(alice, version)

        assert "<pre>flask\nsix==1.17.0</pre>" in page
        assert f"<details open><summary>Python {python}</summary>" in page
        assert "flask==3.1.0 \\" in page
        assert f"--hash={flask.hashes[0]}" in page

    def test_says_that_nobody_needed_it_yet(self, alice: Client) -> None:
        assert "that is done for the first app that needs it" in page_of(alice, image_for("3.11"))

    def test_of_the_clean_image_holds_python_alone(self, world: World, alice: Client) -> None:
        clean = base_image_rows.newest(base_image_rows.find(world.alice.workspace, "clean"))

        assert "Python alone." in page_of(alice, clean)


def test_the_list_says_which_pythons_are_not_here(alice: Client) -> None:
    image_for("3.98", "3.99")

    page = alice.get(reverse("admin:deployments_baseimage_changelist")).content.decode()

    assert "3.98, 3.99 (not installed here: 3.98, 3.99)" in page


def test_the_settings_of_an_app_say_that_none_of_them_is_here(world: World, alice: Client) -> None:
    image_for("3.98", "3.99")
    world.app("hello")

    page = alice.get("/w/acme/apps/hello/settings").content.decode()

    assert "It is for Python 3.98, 3.99, and none of them is installed here." in page
