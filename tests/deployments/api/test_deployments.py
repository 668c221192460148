import hashlib
from datetime import UTC, datetime, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from deployments.models import App, Bundle, Deployment, Environment, EventKind, Lock, SecretReference, State
from deployments.operations import deployments
from deployments.operations.serving import Own
from tests.deployments.api.clients import APPS, Client, is_error
from tests.world import World
from workspaces.operations import secret_scopes, secrets

HELLO = f"{APPS}/hello/deployments"
ARCHIVE = b"\x1f\x8b" + bytes(range(256)) * 20
DIGEST = f"sha256:{hashlib.sha256(ARCHIVE).hexdigest()}"
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def archive() -> SimpleUploadedFile:
    return SimpleUploadedFile("app.tar.gz", ARCHIVE)


class TestUpload:
    def test_as_a_form_is_queued(self, alice: Client, world: World) -> None:
        world.app()

        response = alice.upload(HELLO, {"source": archive(), "draft": "true", "rebuild": "1"})

        assert response.status_code == 202
        assert response["Location"] == f"{HELLO}/1"
        told = response.json()
        assert (told["number"], told["state"], told["cause"], told["bundle"]) == (1, "queued", "upload", DIGEST)
        assert (told["draft"], told["rebuild"]) == (True, True)
        assert alice.get(f"{HELLO}/1").json() == told

    @pytest.mark.parametrize(
        "content_type",
        ["application/gzip", "application/x-gzip", "application/zip", "application/x-tar", "application/octet-stream"],
    )
    def test_as_the_body_is_queued(self, alice: Client, world: World, content_type: str) -> None:
        world.app()

        told = alice.post(f"{HELLO}?draft=yes", ARCHIVE, content_type=content_type).json()

        assert (told["state"], told["bundle"], told["draft"]) == ("queued", DIGEST, True)

    @pytest.mark.parametrize(
        ("form", "message"),
        [
            ({"soruce": archive()}, "There is no field 'soruce' here."),
            ({"source": "text"}, "The part 'source' is not a file."),
            ({"source": [archive(), archive()]}, "There are several parts 'source'."),
            ({"source": archive(), "bundle": "active"}, "There is a source as well as a bundle."),
            ({"source": archive(), "draft": "perhaps"}, "draft is neither true nor false."),
            ({"source": SimpleUploadedFile("app.zip", b"")}, "The upload is empty."),
            ({}, "There is nothing to deploy in this request."),
        ],
    )
    def test_refuses_a_form_with_a_sentence(
        self, alice: Client, world: World, form: dict[str, object], message: str
    ) -> None:
        world.app()

        response = alice.upload(HELLO, form)

        assert is_error(response, 400, "invalid")
        assert response.json()["message"] == message
        assert not Deployment.objects.exists()

    def test_refuses_what_is_too_large(self, alice: Client, world: World, settings: Settings) -> None:
        world.app()
        settings.UPLOAD_MAX_BYTES = len(ARCHIVE) - 1

        response = alice.upload(HELLO, {"source": archive()})

        assert is_error(response, 413, "limit")
        assert not Bundle.objects.exists()
        assert not list(settings.HOME.uploads.iterdir())

    def test_refuses_a_form_without_boundary(self, alice: Client, world: World) -> None:
        world.app()

        response = alice.post(HELLO, b"--x\r\n", content_type="multipart/form-data")

        assert is_error(response, 400, "invalid")

    def test_refuses_another_media_type(self, alice: Client, world: World) -> None:
        world.app()

        assert is_error(alice.post(HELLO, b"x", content_type="text/plain"), 415, "unsupported_media_type")

    def test_of_a_stranger_keeps_no_bundle(self, charlie: Client, world: World) -> None:
        world.app()

        assert is_error(charlie.upload(HELLO, {"source": archive()}), 404, "not_found")
        assert not Bundle.objects.exists()


class TestIdempotencyKey:
    def test_gives_the_same_deployment_again(self, alice: Client, world: World) -> None:
        world.app()

        first = alice.upload(HELLO, {"source": archive()}, headers={"Idempotency-Key": "k"})
        second = alice.upload(HELLO, {"source": archive()}, headers={"Idempotency-Key": "k"})

        assert (first.status_code, first.json()) == (second.status_code, second.json())
        assert Deployment.objects.count() == 1

    @pytest.mark.parametrize("key", ["", "x" * 201, "a\tb"])
    def test_refuses_one_that_is_no_text(self, alice: Client, world: World, key: str) -> None:
        world.app()

        response = alice.upload(HELLO, {"source": archive()}, headers={"Idempotency-Key": key})

        assert is_error(response, 400, "invalid")


class TestDeployAgain:
    def test_takes_the_bundle_of_any_app_of_the_workspace(self, alice: Client, world: World) -> None:
        world.app()
        bundle = world.bundle(b"of another app", by=world.bob)
        deployments.request(world.bob, world.app("production", by=world.bob), bundle=bundle)

        told = alice.post(HELLO, {"bundle": bundle.digest, "rebuild": True}).json()

        assert (told["bundle"], told["cause"], told["rebuild"]) == (bundle.digest, "redeploy", True)
        assert Deployment.objects.get(app__name="hello").bundle == bundle

    def test_takes_the_active_one(self, alice: Client, world: World) -> None:
        app = world.app()
        active = _moved(_requested(world, app), State.BUILDING, State.STARTING, State.ACTIVE)
        App.objects.update(active_deployment=active)

        told = alice.post(HELLO, {"bundle": "active"}).json()

        assert (told["number"], told["bundle"]) == (2, active.bundle.digest)

    def test_takes_what_was_given_for_a_deployment_along_when_that_is_named(self, alice: Client, world: World) -> None:
        app = world.app()
        own = Own(command=["python", "own.py"], variables={"MODE": "own"})
        deployments.request(world.alice, app, bundle=world.bundle(), own=own)

        told = alice.post(HELLO, {"deployment": 1, "rebuild": True}).json()
        without = alice.post(HELLO, {"bundle": told["bundle"]}).json()

        assert (told["number"], told["cause"], told["rebuild"]) == (2, "redeploy", True)
        assert told["settings"]["command"] == ["python", "own.py"]
        assert [told["settings"][name] for name in ("own", "own_variables", "own_from")] == [["command"], ["MODE"], 1]
        assert without["settings"]["command"] == []
        assert [without["settings"][name] for name in ("own", "own_variables", "own_from")] == [[], [], None]

    def test_needs_read_on_secrets_among_that(self, bob: Client, world: World) -> None:
        scope = secret_scopes.create(world.alice, name="prod")
        secrets.put(world.alice, scope, key="token", value=b"correct horse", now=timezone.now())
        own = Own(variables={"TOKEN": SecretReference("prod", "token")})
        deployments.request(world.alice, world.app(), bundle=world.bundle(), own=own)

        refused = bob.post(HELLO, {"deployment": 1})

        assert is_error(refused, 403, "forbidden")
        assert refused.json()["message"].startswith("TOKEN, carried over from deployment 1, refers to a secret")

    def test_finds_no_deployment_of_another_app(self, alice: Client, world: World) -> None:
        world.app()
        _requested(world, world.app("other"))

        assert is_error(alice.post(HELLO, {"deployment": 1}), 404, "not_found")

    def test_needs_an_active_one_for_that(self, alice: Client, world: World) -> None:
        world.app()

        assert is_error(alice.post(HELLO, {"bundle": "active"}), 409, "conflict")

    def test_does_not_find_the_bundle_of_another_workspace(self, alice: Client, world: World) -> None:
        world.app()
        strange = world.bundle(b"secret", by=world.charlie)

        hidden = alice.post(HELLO, {"bundle": strange.digest})
        missing = alice.post(HELLO, {"bundle": "sha256:" + "0" * 64})

        assert is_error(hidden, 404, "not_found")
        assert hidden.json()["message"].replace(strange.digest, "") == missing.json()["message"].replace(
            "sha256:" + "0" * 64, ""
        )

    @pytest.mark.parametrize(
        "body",
        [
            {},
            {"bundle": 7},
            {"bundle": "sha256:\0"},
            {"bundle": "latest"},
            {"bundle": "active", "draft": 1},
            {"bundle": "active", "cause": "git"},
            {"source": "text"},
            {"deployment": None},
            {"deployment": True},
            {"deployment": -1},
            {"deployment": 10**12},
            {"deployment": "newest"},
            {"deployment": 1, "bundle": "active"},
        ],
    )
    def test_refuses_what_it_cannot_read(self, alice: Client, world: World, body: dict[str, object]) -> None:
        world.app()

        assert is_error(alice.post(HELLO, body), 400, "invalid")


class TestGet:
    def test_tells_a_failure_and_where_it_happened(self, alice: Client, world: World) -> None:
        deployment = _requested(world, world.app())
        deployment.move(State.BUILDING)
        deployment.events.create(at=deployment.state_changed_at, kind=EventKind.STEP_STARTED, name="lock")
        deployment.move(
            State.FAILED, failure_kind="conflict", failure_message="It cannot be.", failure_hint="Wish less."
        )

        told = alice.get(f"{HELLO}/1").json()

        assert told["failure"] == {"kind": "conflict", "message": "It cannot be.", "hint": "Wish less."}
        assert [phase["name"] for phase in told["phases"]] == ["queued", "building"]
        assert told["phases"][1]["steps"][0]["name"] == "lock"
        assert told["finished_at"] == told["phases"][1]["finished_at"]

    def test_tells_the_environment(self, alice: Client, world: World) -> None:
        deployment = _requested(world, world.app())
        deployment.environment = Environment.objects.create(
            key="ab" * 8, python_version="3.12.4", packages=7, size_bytes=9
        )
        deployment.save()

        told = alice.get(f"{HELLO}/1").json()

        assert told["environment"] == {"key": "ab" * 8, "python": "3.12.4", "packages": 7, "size_bytes": 9}

    def test_tells_the_settings_of_the_request(self, alice: Client, world: World) -> None:
        _requested(world, world.app())
        alice.patch(f"{APPS}/hello", {"command": ["new"]})

        told = alice.get(f"{HELLO}/1").json()

        assert told["settings"]["command"] == []
        assert (told["failure"], told["environment"], told["finished_at"], told["preview_url"]) == (None,) * 4

    @pytest.mark.parametrize("number", ["0", "2", "9" * 12, "9" * 40, "-1", "1.0", "x"])
    def test_finds_no_other_number(self, alice: Client, world: World, number: str) -> None:
        _requested(world, world.app())

        assert is_error(alice.get(f"{HELLO}/{number}"), 404, "not_found")


class TestList:
    def test_begins_with_the_newest_and_goes_on(self, alice: Client, world: World) -> None:
        app = world.app()
        for _ in range(5):
            _requested(world, app)

        first = alice.get(f"{HELLO}?limit=3").json()
        second = alice.get(first["next"]).json()

        assert [told["number"] for told in first["results"] + second["results"]] == [5, 4, 3, 2, 1]
        assert second["next"] is None

    @pytest.mark.parametrize("number", [2, 20])
    def test_asks_the_database_a_constant_number_of_times(
        self, alice: Client, world: World, number: int, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        app = world.app()
        for _ in range(number):
            _requested(world, app)

        # Token and its last use, membership; the app and what is in flight; deployments, events.
        with django_assert_num_queries(7):
            assert len(alice.get(HELLO).json()["results"]) == number

    @pytest.mark.parametrize("cursor", ["eA", "LTE", "OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5", "MQA"])
    def test_refuses_a_strange_cursor(self, alice: Client, world: World, cursor: str) -> None:
        world.app()

        response = alice.get(f"{HELLO}?cursor={cursor}")

        assert response.status_code in {200, 400}
        assert response.status_code == 400 or response.json()["results"] == []


class TestActivate:
    def test_answers_with_the_new_one(self, alice: Client, world: World) -> None:
        proven = _requested(world, world.app())
        proven.lock = Lock.objects.create(workspace=world.alice.workspace, request_key="k", content={})
        proven.launch = {"argv": ["python"]}
        proven.save()
        _moved(proven, State.BUILDING, State.STARTING, State.ACTIVE, State.DRAINING, State.RETIRED)

        response = alice.post(f"{HELLO}/1/activate")

        assert response.status_code == 202
        told = response.json()
        assert (told["number"], told["cause"], told["activates"]) == (2, "rollback", 1)
        assert response["Location"] == f"{HELLO}/2"

    def test_refuses_one_that_never_passed(self, alice: Client, world: World) -> None:
        _moved(_requested(world, world.app()), State.FAILED)

        assert is_error(alice.post(f"{HELLO}/1/activate"), 409, "conflict")


class TestCancel:
    def test_ends_a_waiting_one(self, alice: Client, world: World) -> None:
        _requested(world, world.app())

        response = alice.post(f"{HELLO}/1/cancel")

        assert (response.status_code, response.json()["state"]) == (202, "cancelled")

    def test_refuses_a_finished_one(self, alice: Client, world: World) -> None:
        _moved(_requested(world, world.app()), State.FAILED)

        assert is_error(alice.post(f"{HELLO}/1/cancel"), 409, "conflict")


def _requested(world: World, app: App) -> Deployment:
    return deployments.request(world.alice, app, bundle=world.bundle())


def _moved(deployment: Deployment, *states: State) -> Deployment:
    for second, state in enumerate(states):
        assert deployment.move(state, now=NOW + timedelta(seconds=second))
    return deployment
