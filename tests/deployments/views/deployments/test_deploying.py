import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from deployments import layout
from deployments.models import Bundle, Cause, Deployment, State
from deployments.operations import deployments
from tests.world import World


def archive(content: bytes = b"PK source") -> SimpleUploadedFile:
    return SimpleUploadedFile("source.zip", content)


class TestDeploy:
    def test_takes_an_archive_without_scripts(self, alice: Client, world: World) -> None:
        world.app("hello")

        answer = alice.post("/w/acme/apps/hello/deploy", {"source": archive()})

        assert answer["Location"] == "/w/acme/apps/hello/deployments/1"
        assert layout.archive(Bundle.objects.get()).read_bytes() == b"PK source"
        assert Deployment.objects.get().created_by == world.alice.user

    def test_tells_a_script_where_to_go(self, alice: Client, world: World) -> None:
        world.app("hello")

        answer = alice.post("/w/acme/apps/hello/deploy", {"source": archive()}, headers={"Accept": "application/json"})

        assert (answer.status_code, answer.json()) == (202, {"location": "/w/acme/apps/hello/deployments/1"})

    @pytest.mark.parametrize(
        ("form", "sentence"),
        [
            ({}, "No file was chosen."),
            ({"source": "text"}, "No file was chosen."),
            ({"source": archive(b"")}, "The upload is empty."),
        ],
    )
    def test_says_what_is_missing(self, form: dict[str, object], sentence: str, alice: Client, world: World) -> None:
        world.app("hello")

        answer = alice.post("/w/acme/apps/hello/deploy", form, follow=True)

        assert sentence in answer.content.decode()
        assert not Deployment.objects.exists()

    def test_says_that_an_upload_is_too_large(self, alice: Client, world: World, settings) -> None:
        settings.UPLOAD_MAX_BYTES = 10
        world.app("hello")

        answer = alice.post(
            "/w/acme/apps/hello/deploy", {"source": archive(b"x" * 11)}, headers={"Accept": "application/json"}
        )

        assert answer.status_code == 413
        assert "Leave data and virtual environments out" in answer.json()["hint"]
        assert not list(settings.HOME.uploads.iterdir())


class TestDeployAgain:
    def test_takes_the_same_source(self, alice: Client, world: World) -> None:
        app = world.app("hello")
        first = deployments.request(world.bob, app, bundle=world.bundle())

        answer = alice.post("/w/acme/apps/hello/deployments/1/again")

        second = app.deployments.get(number=2)
        assert answer["Location"] == "/w/acme/apps/hello/deployments/2"
        assert (second.bundle, second.cause, second.created_by_name) == (first.bundle, Cause.REDEPLOY, "Alice")

    def test_is_rebuilt_from_scratch_by_the_other_button(self, alice: Client, world: World) -> None:
        app = world.app("hello")
        first = deployments.request(world.bob, app, bundle=world.bundle())
        first.move(State.FAILED)
        page = alice.get("/w/acme/apps/hello/deployments/1").content.decode()

        alice.post("/w/acme/apps/hello/deployments/1/again", {"rebuild": "1"})
        alice.post("/w/acme/apps/hello/deployments/1/again")

        assert 'name="rebuild" value="1"' in page
        assert "Rebuild from scratch" in page
        assert [made.rebuild for made in app.deployments.order_by("number")] == [False, True, False]
