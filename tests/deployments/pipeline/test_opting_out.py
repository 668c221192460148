"""Previews of opting out, worked on as workers do: real images, environments, imports; only starting is left out."""

import hashlib
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.utils import timezone

from deployments import layout, tasks
from deployments.failures import Failure, FailureKind
from deployments.models import App, BaseImage, Cause, Deployment, OptOutPreview, OptOutState, State
from deployments.operations import apps, deployments, opt_out_work, opt_outs
from deployments.operations.base_image_rows import next_number
from deployments.operations.serving import Own
from deployments.pipeline import failures, opting_out
from packagerepos.operations import repositories
from packagerepos.operations.repositories import Wanted
from tests.private_index import PrivateIndex
from tests.world import World
from workspaces import unix_users
from workspaces.models import Membership

# Leases are renewed from a thread with a connection of its own.
pytestmark = pytest.mark.django_db(transaction=True)

SOURCE = {
    "app.py": "import framework\nfrom framework import VERSION\ntry:\n    import speedups\nexcept ImportError: pass\n",
    "tests/test_app.py": "import checker\n",
    "app.yaml": "command: [python, app.py]\n",
}
CLOSED_LOCK = """version = 1
revision = 3
requires-python = ">=3.8"

[[package]]
name = "closed"
version = "1"
source = {{ virtual = "." }}
dependencies = [{{ name = "plain" }}]

[package.metadata]
requires-dist = [{{ name = "plain" }}]

[[package]]
name = "plain"
version = "1.0"
source = {{ registry = "{index}" }}
wheels = [{{ url = "{wheel}", hash = "sha256:{digest}" }}]
"""


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrivateIndex]:
    with PrivateIndex(tmp_path_factory.mktemp("index")) as index:
        index.add("framework", "1.5", needs=("engine",), files={"framework.py": "VERSION = '1.5'\nold = 1\n"})
        index.add("framework", "2.0", needs=("engine",))
        index.add("engine", "1.0")
        index.add("speedups", "3.1")
        index.add("wrapper", "1.0", needs=("framework",))
        index.add("plain", "1.0")
        yield index


@pytest.fixture
def site(index: PrivateIndex, tmp_path: Path, settings) -> PrivateIndex:
    settings.PIP_CONF = (tmp_path / "pip.conf",)
    settings.ALLOWED_INTERNAL = [index.place]
    return index


@pytest.fixture
def image(world: World, site: PrivateIndex) -> BaseImage:
    """Acme's own, with framework 1.5 although there is a newer one."""
    repositories.save(
        world.alice,
        Wanted(index_url=site.address_with_login, certificates=site.authority.pem),
        now=timezone.now(),
    )  # fmt: skip
    image = BaseImage.objects.create(
        workspace=world.alice.workspace, name="tools", build_uid=unix_users.next_uid(), created_by_name="Alice"
    )
    image.versions.create(
        workspace=image.workspace, requirements="framework==1.5\nspeedups\n", number=next_number(image),
        created_by=world.alice.user, created_by_name="Alice", published_at=timezone.now(),
    )  # fmt: skip
    return image


def deploy(world: World, app: App, files: Mapping[str, str], own: Own | None = None) -> Deployment:
    """Built for real, then taken for one that passed."""
    content = "".join(f"{name}{text}" for name, text in files.items()).encode()
    deployment = deployments.request(world.alice, app, bundle=world.bundle(content), own=own)
    unpack(deployment, files)
    tasks.build_next()
    app.deployments.filter(state=State.ACTIVE).update(state=State.RETIRED)
    let_pass(deployment, State.ACTIVE)
    App.objects.filter(pk=app.pk).update(active_deployment=deployment)
    app.refresh_from_db()
    return deployment


def unpack(deployment: Deployment, files: Mapping[str, str]) -> None:
    source = layout.source(deployment.bundle)
    for name, text in files.items():
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        (source / name).write_text(text)


def let_pass(deployment: Deployment, state: State) -> None:
    deployment.refresh_from_db()
    assert deployment.state == State.STARTING, deployment.failure_message
    assert deployment.move(state)


@pytest.fixture
def app(world: World, image: BaseImage) -> App:
    app = apps.create(world.alice, name="hello", base_image="tools")
    deploy(world, app, SOURCE)
    return apps.update(world.alice, app, scaling="horizontal")


def asked(world: World, app: App) -> OptOutPreview:
    return opt_outs.request(world.alice, app, now=timezone.now())


def step(preview: OptOutPreview) -> OptOutPreview:
    tasks.try_opting_out_next()
    return OptOutPreview.objects.select_related("trial", "app", "deployment", "bundle").get(pk=preview.pk)


class TestPreview:
    def test_proposes_tries_and_verifies(self, world, app):
        begun = asked(world, app)
        assert begun.state == OptOutState.QUEUED

        # Search.
        searched = step(begun)
        assert searched.state == OptOutState.RUNNING, searched.failure_message
        assert [(row["module"], row["distribution"], row["requirement"], row["files"], row["is_guarded"])
                for row in searched.findings["missing"]] == [
            ("framework", "framework", "framework==1.5", ["app.py"], False),
            ("speedups", "speedups", "speedups==3.1", ["app.py"], True),
        ]  # fmt: skip
        assert [row["module"] for row in searched.findings["unknown"]] == ["checker"]
        assert "The source can do without speedups" in searched.findings["notices"][0]

        # The trial is a draft like others; nothing of the app has changed.
        trial = searched.trial
        assert (trial.state, trial.is_draft, trial.cause) == (State.QUEUED, True, Cause.TRIAL)
        assert trial.settings["base_image"] == "clean"
        app.refresh_from_db()
        assert (app.use_preinstalled_libraries, app.active_deployment_id) == (True, searched.deployment_id)
        assert step(searched).state == OptOutState.RUNNING  # There is nothing to do until it is built.

        tasks.build_next()
        source = layout.source(searched.bundle)
        assert (source / "requirements.txt").read_text() == "framework==1.5\nspeedups==3.1\n"
        imported = step(searched)
        assert imported.broken == [], imported.broken
        assert imported.state == OptOutState.RUNNING

        let_pass(trial, State.READY)
        ready = step(imported)
        assert (ready.state, ready.verified) == (OptOutState.READY, True)
        assert ready.trial_url == trial.preview_url
        assert opt_out_work.claim(timezone.now()) is None

        # Taken: the setting is saved, and only then the source with the lines deployed.
        assert opt_outs.accept(world.alice, app, deploy=False, now=timezone.now()) is None
        app.refresh_from_db()
        assert not app.use_preinstalled_libraries
        opt_out_work.end_unneeded_trials(timezone.now())
        trial.refresh_from_db()
        assert trial.state == State.DRAINING
        deployed = opt_outs.accept(world.alice, app, deploy=True, now=timezone.now())
        assert (deployed.bundle, deployed.cause, deployed.is_draft) == (ready.bundle, Cause.FIX, False)
        assert deployed.settings["base_image"] == "clean"

    def test_tries_again_with_what_only_showed_when_it_was_tried(self, world, app):
        """``name`` is imported by a name that no scan finds; the trial's log names it."""
        deploy(world, app, SOURCE | {"app.py": "import importlib; importlib.import_module('engi' + 'ne')\n"})
        first = step(asked(world, app))
        assert (first.findings["missing"], first.bundle) == ([], first.deployment.bundle)
        tasks.build_next()
        assert step(first).broken == []
        failures.end(first.trial, Failure(FailureKind.MISSING_MODULE, "It lacks it.", "Add it.", requirement="Engine"))

        second = step(first)

        assert (second.state, second.rounds, second.broken) == (OptOutState.RUNNING, 2, None)
        assert [row["requirement"] for row in second.findings["missing"]] == ["engine==1.0"]
        assert second.trial.number == first.trial.number + 1

    def test_pins_what_has_another_version_there(self, world, app):
        """Framework is the app's own through wrapper, but only the image's version of it has the name."""
        files = {"requirements.txt": "wrapper\n", "app.py": "from framework import old, VERSION, never\n"}
        deploy(world, app, SOURCE | files)
        first = step(asked(world, app))
        assert first.findings["missing"] == []
        tasks.build_next()

        second = step(first)

        assert [row["requirement"] for row in second.findings["missing"]] == ["framework==1.5"]
        assert (second.rounds, second.trial.number) == (2, first.trial.number + 1)
        opt_out_work.end_unneeded_trials(timezone.now())
        first.trial.refresh_from_db()
        assert first.trial.cancel_requested_at is not None
        tasks.build_next()
        third = step(second)
        # What cannot be imported today either is not the fault of opting out.
        assert third.broken == []
        assert third.findings["notices"][-1].startswith("framework.never cannot be imported today either: ImportError")

    def test_of_a_clean_environment_that_cannot_be_built_fails_with_why(self, world, app, site, tmp_path):
        begun = step(asked(world, app))
        gone = list(site.wheels.glob("speedups*"))
        for path in gone:
            path.rename(tmp_path / path.name)
        try:
            tasks.build_next()
        finally:
            for path in gone:
                (tmp_path / path.name).rename(path)

        failed = step(begun)

        assert failed.state == OptOutState.FAILED
        assert failed.failure_message.startswith("On the clean image the app could not be built: ")
        assert "speedups" in failed.failure_message
        assert [row["module"] for row in failed.findings["missing"]] == ["framework", "speedups"]

    def test_of_requirements_with_hashes_has_lines_with_hashes_for_all_that_is_needed(self, world, app, site):
        def line(name: str, version: str) -> str:
            wheel = next(site.wheels.glob(f"{name}-{version}-*.whl"))
            return f"{name}=={version} --hash=sha256:{hashlib.sha256(wheel.read_bytes()).hexdigest()}"

        own, framework, engine = line("plain", "1.0"), line("framework", "1.5"), line("engine", "1.0")
        deploy(world, app, SOURCE | {"requirements.txt": f"{own}\n", "app.py": "import plain, framework\n"})

        searched = step(asked(world, app))

        assert [(row["requirement"], row["needed_by"]) for row in searched.findings["missing"]] == [
            (framework, ""), (engine, "framework")
        ]  # fmt: skip
        tasks.build_next()
        assert step(searched).broken == []
        source = layout.source(searched.bundle)
        assert (source / "requirements.txt").read_text() == f"{own}\n{framework}\n{engine}\n"
        let_pass(searched.trial, State.READY)
        ready = step(searched)
        assert (ready.state, ready.verified, ready.rounds) == (OptOutState.READY, True, 1)

    def test_of_a_uv_lock_finds_nothing_missing_and_tries_it_all_the_same(self, world, app, site):
        wheel = next(site.wheels.glob("plain-*.whl"))
        lock = CLOSED_LOCK.format(
            index=site.address,
            wheel=f"{site.base}/packages/{wheel.name}",
            digest=hashlib.sha256(wheel.read_bytes()).hexdigest(),
        )
        project = '[project]\nname = "closed"\nversion = "1"\nrequires-python = ">=3.8"\ndependencies = ["plain"]\n'
        files = {"pyproject.toml": project, "uv.lock": lock, "app.py": "import plain\n"}
        deploy(world, app, SOURCE | files)

        searched = step(asked(world, app))

        assert (searched.findings["missing"], searched.findings["notices"]) == ([], [opting_out.CLOSED])
        assert searched.bundle == searched.deployment.bundle
        tasks.build_next()
        assert step(searched).broken == []
        let_pass(searched.trial, State.READY)
        ready = step(searched)
        assert (ready.state, ready.verified) == (OptOutState.READY, True)

    def test_tries_it_as_the_deployment_itself_was_asked_for(self, world, app):
        own = Own(command=["python", "app.py", "own"], variables={"MODE": "own"}, readiness_path="/own")
        deploy(world, app, SOURCE, own)
        apps.update(world.alice, app, command=["python", "app.py"], start_timeout_s=77)

        trial = step(asked(world, app)).trial

        assert (trial.settings["command"], trial.settings["env"]) == (["python", "app.py", "own"], {"MODE": "own"})
        assert (trial.settings["readiness_path"], trial.settings["start_timeout_s"]) == ("/own", 77)
        assert (trial.settings["given"], sorted(trial.settings["own"])) == (["MODE"], ["command", "readiness_path"])

    def test_of_a_source_that_takes_no_line_says_why(self, world, app):
        deploy(world, app, SOURCE | {"requirements.txt": "framework==9 ; sys_platform == 'win32'\n"})

        failed = step(asked(world, app))

        assert failed.state == OptOutState.FAILED
        assert failed.failure_message == "requirements.txt asks for framework==1.5 already."
        assert [row["module"] for row in failed.findings["missing"]] == ["framework", "speedups"]

    def test_of_somebody_who_left_fails(self, world, app):
        begun = asked(world, app)
        Membership.objects.filter(user=world.alice.user).update(deactivated_at=timezone.now())

        assert "is no member any more" in step(begun).failure_message

    def test_ends_when_another_deployment_becomes_active(self, world, app):
        begun = step(asked(world, app))
        tasks.build_next()
        deploy(world, app, SOURCE | {"app.py": "print()\n"})

        opt_out_work.end_unneeded_trials(timezone.now())

        begun.trial.refresh_from_db()
        assert begun.trial.cancel_requested_at is not None
        begun.trial.move(State.CANCELLED)
        failed = step(step(begun))
        assert failed.failure_message == (
            f"The trial was stopped. It was made for deployment {begun.deployment.number}, "
            f"and deployment {app.active_deployment.number} is active now."
        )

    def test_is_taken_over_after_a_crash_and_given_up_in_the_end(self, world, app):
        begun, now = asked(world, app), timezone.now()
        for attempt in range(opt_out_work.MAX_ATTEMPTS):
            at = now + timedelta(seconds=(django_settings.LEASE_S + 1) * attempt)
            held = opt_out_work.claim(at)
            assert opt_out_work.claim(at) is None

        assert opt_out_work.claim(now + timedelta(hours=1)) is None

        begun.refresh_from_db()
        assert (begun.state, begun.failure_message) == (OptOutState.FAILED, opt_out_work.INTERRUPTED)
        # Whoever held it last changes nothing any more.
        opting_out.advance(held, lambda: False)
        assert not Deployment.objects.filter(cause=Cause.TRIAL).exists()
