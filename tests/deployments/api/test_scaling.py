"""Scaling, base image and libraries through ``PATCH /api/v1/apps/{name}``: what is refused, and with which sentence."""

import pytest
from django.utils import timezone

from deployments.models import App, BaseImage
from tests.deployments.api.clients import APPS, Client, is_error
from tests.world import World
from workspaces import unix_users

HELLO = f"{APPS}/hello"
STANDARD, FROM_THE_START, CONVERTED = "standard", "horizontal from the start", "converted"


@pytest.fixture
def image(world: World) -> BaseImage:
    image = BaseImage.objects.create(name="tools", build_uid=unix_users.next_uid(), created_by_name="Root")
    image.versions.create(number=1, requirements="six", created_by_name="Root", published_at=timezone.now())
    return image


def make(alice: Client, kind: str) -> dict[str, object]:
    scaling = "horizontal" if kind == FROM_THE_START else "standard"
    alice.post(APPS, {"name": "hello", "base_image": "tools", "scaling": scaling}).json()
    if kind == CONVERTED:
        alice.patch(HELLO, {"scaling": "horizontal"})
    told: dict[str, object] = alice.get(HELLO).json()
    return told


@pytest.mark.usefixtures("image")
class TestUsePreinstalledLibraries:
    @pytest.mark.parametrize(
        ("kind", "uses", "wanted", "sentence"),
        [
            (STANDARD, True, False, "A standard app has the libraries of its base image"),
            (FROM_THE_START, False, True, "was horizontally scaled from the start, so it runs on the clean image"),
        ],
    )
    def test_is_read_only_but_for_converted_apps(
        self, alice: Client, kind: str, uses: bool, wanted: bool, sentence: str
    ) -> None:
        before = make(alice, kind)

        answer = alice.patch(HELLO, {"use_preinstalled_libraries": wanted})

        assert before["use_preinstalled_libraries"] is uses
        assert is_error(answer, 409, "conflict")
        assert sentence in answer.json()["message"]
        assert answer.json()["hint"]
        assert alice.get(HELLO).json() == before
        # Saying what is so already changes nothing, and is no mistake.
        assert alice.patch(HELLO, {"use_preinstalled_libraries": uses}).status_code == 200

    def test_is_a_converted_apps_to_choose(self, alice: Client) -> None:
        make(alice, CONVERTED)

        told = [alice.patch(HELLO, {"use_preinstalled_libraries": uses}).json() for uses in (False, True)]

        assert [each["use_preinstalled_libraries"] for each in told] == [False, True]
        assert [each["base_image_version"] for each in told] == [1, 1]

    def test_has_to_be_there_to_be_used(self, alice: Client) -> None:
        make(alice, CONVERTED)
        alice.patch(HELLO, {"base_image": "clean", "use_preinstalled_libraries": False})

        answer = alice.patch(HELLO, {"use_preinstalled_libraries": True})

        assert is_error(answer, 409, "conflict")
        assert answer.json()["message"] == "The base image 'clean' has no pre-installed libraries."


@pytest.mark.usefixtures("image")
class TestInstances:
    def test_of_a_standard_app_are_one(self, alice: Client) -> None:
        make(alice, STANDARD)

        answer = alice.patch(HELLO, {"instances": 2, "title": "Never saved"})

        assert is_error(answer, 409, "conflict")
        assert answer.json()["message"] == "A standard app runs one instance."
        assert App.objects.get(name="hello").title == ""

    @pytest.mark.parametrize("number", [0, 6, "3", 1.5, None, True])
    def test_are_from_one_to_five(self, alice: Client, number: object) -> None:
        make(alice, CONVERTED)

        answer = alice.patch(HELLO, {"instances": number})

        assert is_error(answer, 400, "invalid")
        assert "from 1 to 5" in answer.json()["message"]


@pytest.mark.usefixtures("image")
class TestBaseImage:
    def test_has_to_exist(self, alice: Client) -> None:
        before = make(alice, STANDARD)

        answer = alice.patch(HELLO, {"base_image": "nothing"})

        assert is_error(answer, 404, "not_found")
        assert "clean" in answer.json()["hint"]
        assert alice.get(HELLO).json() == before
