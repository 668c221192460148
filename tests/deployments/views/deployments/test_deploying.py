import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from deployments import layout
from deployments.failures import Failure, FailureKind
from deployments.models import App, Bundle, Cause, Deployment, SecretReference, State
from deployments.operations import apps, deployments, env_vars
from deployments.operations.serving import Own
from deployments.pipeline import failures
from tests.world import World
from workspaces.operations import secret_scopes, secrets


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


class TestWhatWasGivenForOneAlone:
    PAGE = "/w/acme/apps/hello/deployments/1"

    @pytest.fixture
    def app(self, world: World) -> App:
        app = apps.update(world.alice, world.app("hello"), command=["gunicorn", "app:app"])
        scope = secret_scopes.create(world.alice, name="prod")
        secrets.put(world.alice, scope, key="token", value=b"correct horse", now=timezone.now())
        env_vars.change(world.alice, app, {"MODE": "calm"})
        own = Own(["python", "own.py"], {"MODE": "own & odd", "TOKEN": SecretReference("prod", "token")})
        failed = deployments.request(world.alice, app, bundle=world.bundle(), own=own)
        lacking = Failure(FailureKind.MISSING_MODULE, "It needs 'yaml'.", "Add it.", requirement="PyYAML")
        failures.end(failed, lacking)
        return app

    def test_is_shown_before_it_is_carried_over(self, alice: Client, app: App) -> None:
        page = alice.get(f"{self.PAGE}/again").content.decode()

        assert "Deploy again with these" in page
        for told in ("python own.py", "gunicorn app:app", "Variable MODE", "a plain value", "secret prod/token"):
            assert told in page
        assert "odd" not in page
        assert app.deployments.count() == 1

    def test_is_carried_over_and_said(self, alice: Client, app: App) -> None:
        page = alice.post(f"{self.PAGE}/again", {"rebuild": "1"}, follow=True).content.decode()

        again = app.deployments.get(number=2)
        assert (again.settings["command"], again.rebuild) == (["python", "own.py"], True)
        assert again.settings["env"] == {"MODE": "own & odd"}
        said = "carried over from deployment 1: the command and the variables MODE and TOKEN."
        assert f"Not as the app has it, but {said}" in page

    def test_is_left_out_by_the_other_button(self, alice: Client, app: App) -> None:
        alice.post(f"{self.PAGE}/again", {"carry": "0"})

        again = app.deployments.get(number=2)
        assert (again.settings["command"], again.settings["env"]) == (["gunicorn", "app:app"], {"MODE": "calm"})

    def test_is_asked_about_by_every_button(self, alice: Client, world: World, app: App) -> None:
        App.objects.update(active_deployment=app.deployments.get())
        env_vars.change(world.alice, app, {"SIZE": "xl"})

        for page in (self.PAGE, "/w/acme/apps/hello/deployments", "/w/acme/apps/hello/environment"):
            text = alice.get(page).content.decode()
            assert f'method="post" action="{self.PAGE}/again"' not in text
            assert f'{self.PAGE}/again"' in text

    def test_is_told_beside_the_button_that_adds_what_is_missing(self, alice: Client, app: App) -> None:
        told = "With what was given for deployment 1 alone: the command and the variables MODE and TOKEN."

        for page in (self.PAGE, "/w/acme/apps/hello"):
            assert told in alice.get(page).content.decode()

    def test_is_refused_to_those_who_cannot_read_its_secret(self, bob: Client, app: App) -> None:
        page = bob.post(f"{self.PAGE}/again", follow=True).content.decode()

        assert "TOKEN, carried over from deployment 1, refers to a secret of scope &#x27;prod&#x27;" in page
        assert app.deployments.count() == 1

    def test_is_asked_about_only_where_there_is_something(self, alice: Client, world: World) -> None:
        plain = deployments.request(world.alice, world.app("hello"), bundle=world.bundle())
        plain.move(State.FAILED)

        assert f'method="post" action="{self.PAGE}/again"' in alice.get(self.PAGE).content.decode()
        asked = alice.get(f"{self.PAGE}/again").content.decode()
        assert "Deploy again</button>" in asked
        assert "carry" not in asked
