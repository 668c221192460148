from typing import Any

import pytest
from django.utils import timezone

from deployments import tasks
from deployments.models import App, BaseImage, BaseImageVersion
from deployments.operations import apps, base_image_rows, base_images
from deployments.pipeline import platform
from deployments.venvs.interpreters import Interpreter
from tests.world import World
from workspaces.errors import Conflict, Forbidden, Invalid, NotFound
from workspaces.models import AuditEvent, User
from workspaces.principals import Principal


@pytest.fixture
def interpreter() -> Interpreter:
    return platform.interpreters()[0]


@pytest.fixture
def made(world: World, interpreter: Interpreter) -> BaseImage:
    """Of Acme, with a draft that the platform has resolved."""
    image = base_images.create(world.alice, name="tools", requirements="six==1.17.0", pythons=[interpreter.minor])
    tasks.resolve_next_image()
    return image


def draft_of(image: BaseImage) -> BaseImageVersion:
    return image.versions.get(published_at=None)


def site_admin(world: World) -> Principal:
    root = User.objects.create_superuser("root@example.org", "x", name="Root")
    return Principal(root, world.alice.workspace, world.alice.role)


class TestShipped:
    def test_are_there_published_and_not_resolved(self, world: World) -> None:
        images = base_image_rows.usable(world.alice.workspace)

        assert [image.name for image in images] == ["apps", "clean", "inference"]
        assert [image.is_clean for image in images] == [False, True, False]
        assert base_image_rows.newest(images[0]).locks.count() == 0

    def test_are_adopted_once(self, world: World) -> None:
        before = BaseImageVersion.objects.count()

        base_image_rows.adopt_shipped()

        assert BaseImageVersion.objects.count() == before


class TestCreate:
    def test_resolves_in_the_background_to_a_pinned_hashed_list(
        self, made: BaseImage, interpreter: Interpreter
    ) -> None:
        draft = draft_of(made)

        assert base_image_rows.state_of(draft) == "ready to be published"
        (lock,) = draft.locks.all()
        (package,) = lock.packages
        assert (lock.python, package["name"], package["version"]) == (interpreter.minor, "six", "1.17.0")
        assert len(package["hashes"][0]) == len("sha256:") + 64

    def test_gives_nothing_to_apps_before_it_is_published(self, made: BaseImage, world: World) -> None:
        with pytest.raises(NotFound):
            apps.create(world.alice, name="hello", base_image="tools")

    def test_says_why_a_list_cannot_be_resolved(self, world: World, interpreter: Interpreter) -> None:
        image = base_images.create(world.alice, name="broken", requirements="six==999", pythons=[interpreter.minor])
        tasks.resolve_next_image()

        assert base_image_rows.state_of(draft_of(image)).startswith("cannot be resolved: ")
        with pytest.raises(Conflict, match=f"cannot be resolved for Python {interpreter.minor}"):
            base_images.publish(world.alice, draft_of(image), now=timezone.now())

    @pytest.mark.parametrize("name", ["apps", "tools"])
    def test_refuses_a_name_that_is_taken(self, made: BaseImage, world: World, name: str) -> None:
        with pytest.raises(Conflict, match=f"a base image '{name}' already"):
            base_images.create(world.alice, name=name, requirements="six", pythons=["3.11"])

    def test_takes_a_name_of_another_workspace(self, made: BaseImage, world: World) -> None:
        base_images.create(world.charlie, name="tools", requirements="six", pythons=["3.11"])

    @pytest.mark.parametrize(
        "fields",
        [{"name": "No"}, {"name": ""}, {"requirements": ""}, {"requirements": "# none"}, {"requirements": "a\0"},
         {"requirements": "x" * 100_001}, {"pythons": []}, {"pythons": ["2.7"]}, {"pythons": ["3.11; x"]},
         {"pythons": ["٣.11"]}, {"summary": "x" * 201}],
    )  # fmt: skip
    def test_refuses_what_is_no_image(self, world: World, fields: dict[str, Any]) -> None:
        with pytest.raises(Invalid):
            base_images.create(world.alice, **{"name": "tools", "requirements": "six", "pythons": ["3.11"]} | fields)

        assert not BaseImage.objects.exclude(workspace=None).exists()

    def test_is_for_admins(self, world: World) -> None:
        with pytest.raises(Forbidden):
            base_images.create(world.bob, name="tools", requirements="six", pythons=["3.11"])

    def test_for_everybody_is_for_site_admins(self, world: World) -> None:
        fields: dict[str, Any] = {"name": "all", "requirements": "six", "pythons": ["3.11"], "for_everybody": True}
        with pytest.raises(Forbidden):
            base_images.create(world.alice, **fields)

        image = base_images.create(site_admin(world), **fields)

        assert BaseImage.objects.visible_to(world.charlie).filter(pk=image.pk).exists()


class TestVersion:
    def test_is_found_by_name_and_number(self, world: World) -> None:
        assert str(base_image_rows.version(world.alice.workspace, "clean", 1)) == "clean 1"
        for name, number in [("clean", 99), ("nope", 1)]:
            with pytest.raises(NotFound):
                base_image_rows.version(world.alice.workspace, name, number)

    def test_is_the_workspaces_own_before_the_sites_of_that_name(self, world: World) -> None:
        site = BaseImage.objects.create(name="both", build_uid=1, created_by_name="x")
        own = BaseImage.objects.create(name="both", build_uid=2, created_by_name="x", workspace=world.alice.workspace)
        for image, numbers in ((site, (1, 2)), (own, (1,))):
            for number in numbers:
                image.versions.create(
                    number=number, workspace=image.workspace, created_by_name="x", published_at=timezone.now()
                )

        assert base_image_rows.version(world.alice.workspace, "both", 1).image == own
        assert base_image_rows.version(world.charlie.workspace, "both", 2).image == site
        # Numbers are an image's own: the second of the site's is not what "both 2" means here.
        with pytest.raises(NotFound):
            base_image_rows.version(world.alice.workspace, "both", 2)

    def test_is_none_before_it_is_published(self, made: BaseImage, world: World) -> None:
        draft_of(made)

        with pytest.raises(NotFound):
            base_image_rows.version(world.alice.workspace, "tools", 1)


class TestPublish:
    def test_makes_a_draft_the_next_version(self, made: BaseImage, world: World) -> None:
        version = base_images.publish(world.alice, draft_of(made), now=timezone.now())

        assert (str(version), base_image_rows.newest(made)) == ("tools 1", version)
        assert AuditEvent.objects.filter(verb="published", object_name="tools 1").exists()
        assert apps.create(world.alice, name="hello", base_image="tools").use_preinstalled_libraries

    def test_happens_once(self, made: BaseImage, world: World) -> None:
        version = base_images.publish(world.alice, draft_of(made), now=timezone.now())

        with pytest.raises(Conflict, match="tools 1 is published already"):
            base_images.publish(world.alice, version, now=timezone.now())

    def test_waits_until_it_is_resolved(self, world: World) -> None:
        image = base_images.create(world.alice, name="tools", requirements="six", pythons=["3.11"])

        with pytest.raises(Conflict, match="still being resolved"):
            base_images.publish(world.alice, draft_of(image), now=timezone.now())

    @pytest.mark.parametrize("who", ["bob", "charlie"])
    def test_is_for_the_workspaces_admins(self, made: BaseImage, world: World, who: str) -> None:
        with pytest.raises((Forbidden, NotFound)):
            base_images.publish(getattr(world, who), draft_of(made), now=timezone.now())

        assert draft_of(made).number is None

    def test_of_the_sites_is_for_site_admins(self, world: World) -> None:
        with pytest.raises(Forbidden):
            base_images.draft(world.alice, BaseImage.objects.get(name="apps"), requirements="six", pythons=["3.11"])


class TestTheLock:
    def test_of_a_published_version_stays_as_it_was_first(self, made: BaseImage, interpreter: Interpreter) -> None:
        draft = draft_of(made)
        first = base_image_rows.kept_lock(draft, interpreter.minor)

        kept = base_image_rows.keep_lock(draft, interpreter.minor, {"packages": [], "notices": []})

        assert kept == first == base_image_rows.kept_lock(draft, interpreter.minor)


class TestMakeDefault:
    def test_is_for_new_apps_alone(self, world: World) -> None:
        old = world.app("old")

        base_images.make_default(world.alice, BaseImage.objects.get(name="apps"))
        world.alice.workspace.refresh_from_db()
        new = world.app("newer")

        assert (App.objects.get(pk=old.pk).base_image, new.base_image) == ("clean", "apps")
        assert new.use_preinstalled_libraries

    def test_is_for_admins(self, world: World) -> None:
        with pytest.raises(Forbidden):
            base_images.make_default(world.bob, BaseImage.objects.get(name="apps"))
