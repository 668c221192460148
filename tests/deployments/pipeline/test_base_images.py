"""Which Python an app on a base image gets, and what is said where there is none."""

import pytest
from django.conf import LazySettings
from django.utils import timezone

from deployments.failures import Failure, FailureKind
from deployments.models import BaseImage, BaseImageVersion
from deployments.operations import base_image_rows
from deployments.pipeline import base_images, platform
from deployments.source.spec import PythonRequest
from tests.world import World
from workspaces import unix_users


def image_for(*pythons: str) -> BaseImageVersion:
    image = BaseImage.objects.create(name="tools", build_uid=unix_users.next_uid(), created_by_name="Root")
    return image.versions.create(
        number=1, requirements="six", pythons=list(pythons), created_by_name="Root", published_at=timezone.now()
    )


def minors() -> list[str]:
    return sorted({found.minor for found in platform.interpreters()})


class TestPreferredPython:
    def test_is_what_the_source_was_made_with_where_that_is_here(self, settings: LazySettings) -> None:
        settings.DEFAULT_PYTHON = "the default"

        assert [base_images.preferred_python(minor) for minor in (*minors(), "3.99", None)] == [
            *minors(), "the default", "the default",
        ]  # fmt: skip


class TestInterpreterFor:
    def test_takes_one_that_the_image_is_for_whatever_is_preferred(self, world: World) -> None:
        chosen = minors()[0]

        found = base_images.interpreter_for(image_for(chosen), None, minors()[-1])

        assert found.minor == chosen

    def test_says_for_which_pythons_the_image_is(self, world: World) -> None:
        here = minors()
        if len(here) < 2:
            pytest.skip("Only one Python is installed here.")

        with pytest.raises(Failure) as caught:
            base_images.interpreter_for(
                image_for(here[0]), PythonRequest(f"=={here[-1]}.*", ".python-version"), here[0]
            )

        assert caught.value.kind is FailureKind.NO_INTERPRETER
        assert caught.value.message == (
            f"This app is for Python {here[-1]}, but base image tools 1 exists for {here[0]} only."
        )
        assert "choose another base image" in caught.value.hint

    def test_says_that_none_of_them_is_here(self, world: World) -> None:
        with pytest.raises(Failure) as caught:
            base_images.interpreter_for(image_for("3.98", "3.99"), None, minors()[0])

        assert caught.value.message == (
            "Base image tools 1 exists for Python 3.98, 3.99, and none of them is installed here."
        )

    @pytest.mark.parametrize("python", ["3.13", "3.9"])
    def test_gives_the_shipped_apps_no_python_that_their_pins_have_no_wheels_for(
        self, world: World, python: str
    ) -> None:
        image = base_image_rows.find(world.alice.workspace, "apps")
        apps = base_image_rows.newest(image)
        if python not in minors():
            pytest.skip(f"Python {python} is not installed here.")

        with pytest.raises(Failure, match=rf"for Python {python}, but base image apps 1 exists for 3.10, 3.11, 3.12"):
            base_images.interpreter_for(apps, PythonRequest(f"=={python}.*", ".python-version"), "3.11")
