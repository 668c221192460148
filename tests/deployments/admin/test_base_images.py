"""What the admin shows of base images: for which Pythons they are, and exactly what they hold."""

import re

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from deployments.models import BaseImage, BaseImageVersion
from deployments.operations import base_image_rows, base_images
from deployments.pipeline import platform
from deployments.venvs.lock import Lock
from tests.clients import signed_in
from tests.deployments.locked import package
from tests.world import PASSWORD, World
from workspaces import unix_users
from workspaces.models import User


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


ADD = "/admin/deployments/baseimageversion/add/"


@pytest.fixture
def root(world: World) -> Client:
    return signed_in(User.objects.create_superuser("root@example.org", PASSWORD, name="Root"))


def own_image(world: World, who: str, name: str) -> BaseImage:
    return base_images.create(getattr(world, who), name=name, requirements="six", pythons=["3.11"])


class TestAddingAVersion:
    def test_offers_the_images_of_the_workspace_alone(self, world: World, alice: Client) -> None:
        own_image(world, "alice", "tools")
        own_image(world, "charlie", "secret-plan")

        page = alice.get(ADD).content.decode()

        assert "tools (of Acme)" in page
        assert "secret-plan" not in page
        assert "apps (of" not in page

    def test_says_where_to_begin_without_any(self, alice: Client) -> None:
        page = alice.get(ADD).content.decode()

        assert "There is none of your own yet" in page
        assert reverse("admin:deployments_baseimage_add") in page

    def test_offers_all_but_the_clean_one_to_site_admins(self, world: World, root: Client) -> None:
        own_image(world, "charlie", "plan")

        page = root.get(ADD).content.decode()

        for offered in ("apps (of every workspace)", "inference (of every workspace)", "plan (of Globex)"):
            assert offered in page
        assert "clean (of" not in page
        assert 'name="workspace"' not in page

    def test_leads_to_the_draft_which_looks_again_until_it_is_resolved(self, world: World, alice: Client) -> None:
        image = own_image(world, "alice", "tools")

        answer = alice.post(ADD, {"image": image.pk, "pythons": "3.11", "requirements": "six==1.17.0"})

        draft = image.versions.order_by("-pk")[0]
        assert draft.requirements == "six==1.17.0"
        assert answer["Location"] == reverse("admin:deployments_baseimageversion_change", args=[draft.pk])
        page = alice.get(answer["Location"])
        assert page["Refresh"] == "4"
        assert "looks again by itself" in page.content.decode()

    @pytest.mark.parametrize("whose", ["charlie", "the site"])
    def test_refuses_the_image_of_somebody_else(self, world: World, alice: Client, whose: str) -> None:
        image = (
            BaseImage.objects.get(name="apps") if whose == "the site" else own_image(world, "charlie", "secret-plan")
        )
        before = BaseImageVersion.objects.count()

        page = alice.post(ADD, {"image": image.pk, "pythons": "3.11", "requirements": "six"}).content.decode()

        assert BaseImageVersion.objects.count() == before
        assert "Select a valid choice" in page
        assert "secret-plan" not in page

    def test_begins_with_the_newest_list_of_the_image(self, world: World, alice: Client) -> None:
        image = own_image(world, "alice", "tools")
        other = own_image(world, "charlie", "secret-plan")
        other.versions.update(requirements="secret-lib")

        textarea = re.search(
            r"<textarea[^>]*>\s*(.*?)</textarea>", alice.get(f"{ADD}?image={image.pk}").content.decode()
        )

        assert textarea is not None
        assert textarea[1] == "six"
        for odd in (other.pk, "x", "²", "9" * 30):
            assert "secret-lib" not in alice.get(f"{ADD}?image={odd}").content.decode()


class TestAnImage:
    @pytest.mark.parametrize(("who", "may"), [("alice", False), ("root", True)])
    def test_of_the_site_leads_only_site_admins_to_a_further_version(
        self, request: pytest.FixtureRequest, who: str, may: bool
    ) -> None:
        client: Client = request.getfixturevalue(who)
        image = BaseImage.objects.get(name="apps")

        page = client.get(reverse("admin:deployments_baseimage_change", args=[image.pk])).content.decode()

        assert (f"{ADD}?image={image.pk}" in page) is may
        assert "published" in page


class TestPublishingFromItsPage:
    def test_is_offered_once_the_list_is_resolved(self, world: World, alice: Client) -> None:
        python = platform.interpreters()[0].minor
        draft = base_images.create(world.alice, name="tools", requirements="six", pythons=[python]).versions.get()
        assert "Publish as the next version …" not in page_of(alice, draft)
        base_image_rows.keep_lock(draft, python, Lock((package("six", "1.17.0"),)).to_json())
        base_image_rows.note_resolved(draft)

        page = page_of(alice, draft)
        asked = alice.post(
            reverse("admin:deployments_baseimageversion_changelist"),
            {"action": "publish", "_selected_action": draft.pk},
        ).content.decode()

        assert "Publish as the next version …" in page
        assert "What is published can never be changed." in asked
        draft.refresh_from_db()
        assert draft.published_at is None

    def test_tells_for_which_pythons_it_is_done(self, world: World, alice: Client) -> None:
        draft = base_images.create(
            world.alice, name="tools", requirements="six", pythons=["3.9", "3.10", "3.11"]
        ).versions.get()  # fmt: skip
        for python in ("3.10", "3.9"):
            base_image_rows.keep_lock(draft, python, Lock((package("six", "1.17.0"),)).to_json())

        assert "being resolved; done for Python 3.9, 3.10" in page_of(alice, draft)
