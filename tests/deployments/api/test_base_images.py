import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from deployments.models import BaseImage
from deployments.operations import base_image_rows, base_images
from deployments.pipeline import platform
from tests.deployments.api.clients import Client
from tests.world import World
from workspaces.principals import Principal

LIST = "/api/v1/base-images"
LOCKED = {
    "packages": [{"name": "six", "version": "1.17.0", "hashes": ["sha256:00"], "url": "https://example.org/six.whl"}],
    "notices": [],
}


def published(by: Principal, name: str) -> BaseImage:
    python = platform.interpreters()[0].minor
    image = base_images.create(by, name=name, requirements="six", pythons=[python])
    (version,) = image.versions.all()
    base_image_rows.keep_lock(version, python, LOCKED)
    base_image_rows.note_resolved(version)
    version.refresh_from_db()
    base_images.publish(by, version, now=timezone.now())
    return image


class TestList:
    def test_tells_what_each_version_holds(self, alice: Client, world: World) -> None:
        published(world.alice, "tools")

        images = {image["name"]: image for image in alice.get(LIST).json()["results"]}

        assert list(images) == ["apps", "clean", "inference", "tools"]
        python = platform.interpreters()[0].minor
        (version,) = images["tools"]["versions"]
        assert (images["tools"]["of_workspace"], images["tools"]["pythons"], version["number"]) == (True, [python], 1)
        assert version["contents"] == [{"python": python, "packages": [{"name": "six", "version": "1.17.0"}]}]
        assert images["clean"]["versions"][0]["contents"] == []
        assert set(images["clean"]["pythons"]) == {found.minor for found in platform.interpreters()}
        assert set(images["apps"]["pythons"]) <= {"3.10", "3.11", "3.12"}

    def test_leaves_out_drafts_and_other_workspaces(self, alice: Client, world: World) -> None:
        published(world.charlie, "theirs")
        base_images.create(world.alice, name="draft", requirements="six", pythons=["3.11"])

        names = [image["name"] for image in alice.get(LIST).json()["results"]]

        assert names == ["apps", "clean", "inference"]

    @pytest.mark.parametrize("number", [1, 10])
    def test_asks_the_database_a_constant_number_of_times(
        self, alice: Client, world: World, number: int, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        for index in range(number):
            published(world.alice, f"tools-{index}")

        # Token and its last use, membership; images, their versions, what those hold.
        with django_assert_num_queries(6):
            alice.get(LIST)

    def test_is_paged(self, alice: Client, world: World) -> None:
        first = alice.get(f"{LIST}?limit=2").json()
        second = alice.get(first["next"]).json()

        assert [image["name"] for image in (*first["results"], *second["results"])] == ["apps", "clean", "inference"]
