import shutil
from pathlib import Path

import pytest

from deployments import layout
from deployments.failures import Failure, FailureKind
from deployments.models import App, Bundle, Cause, Deployment, SecretReference, State
from deployments.operations import bundles, deployments, findings, fixes
from deployments.operations.serving import Own
from deployments.pipeline import failures
from deployments.source.packing import pack
from deployments.source.unpacking import unpack
from tests.world import World
from workspaces.errors import Conflict, Forbidden, Invalid
from workspaces.operations import secret_scopes, secrets

LACKS_YAML = Failure(
    FailureKind.MISSING_MODULE, "The app imports 'yaml', which is not installed.", "Add it.", requirement="PyYAML"
)


@pytest.fixture
def app(world: World) -> App:
    return world.app()


@pytest.fixture
def broken(world: World, app: App, tmp_path: Path) -> Deployment:
    """Failed for want of PyYAML; its source is unpacked as after a build."""
    folder = tmp_path / "source"
    (folder / "deep").mkdir(parents=True)
    (folder / "app.py").write_text("import yaml\n")
    (folder / "deep" / "run.sh").write_text("#!/bin/sh\n")
    (folder / "deep" / "run.sh").chmod(0o755)
    (folder / "requirements.txt").write_text("flask==3.1.0\n")
    pack(folder, tmp_path / "source.tar.gz")
    bundle = bundles.receive(world.alice, [(tmp_path / "source.tar.gz").read_bytes()])
    _unpack(bundle)
    deployment = deployments.request(world.alice, app, bundle=bundle)
    failures.end(deployment, LACKS_YAML)
    return deployment


def _unpack(bundle: Bundle) -> Path:
    source = layout.source(bundle)
    if not source.is_dir():
        unpack(layout.archive(bundle), source, bundles.unpack_limits())
    return source


class TestFix:
    def test_deploys_the_source_with_what_was_missing(self, world: World, app: App, broken: Deployment) -> None:
        fixed = fixes.fix(world.bob, app, broken)

        source = _unpack(fixed.bundle)
        assert (fixed.number, fixed.cause, fixed.state) == (2, Cause.FIX, State.QUEUED)
        assert (source / "requirements.txt").read_text() == "flask==3.1.0\nPyYAML\n"
        assert (source / "app.py").read_text() == "import yaml\n"
        assert (source / "deep" / "run.sh").stat().st_mode & 0o111
        assert (layout.source(broken.bundle) / "requirements.txt").read_text() == "flask==3.1.0\n"

    def test_twice_makes_one_bundle(self, world: World, app: App, broken: Deployment) -> None:
        first, second = fixes.fix(world.alice, app, broken), fixes.fix(world.alice, app, broken)

        assert first.bundle == second.bundle != broken.bundle
        assert second.number == first.number + 1

    def test_with_the_same_key_gives_the_same_deployment(self, world: World, app: App, broken: Deployment) -> None:
        first, second = (fixes.fix(world.alice, app, broken, idempotency_key="k") for _ in range(2))

        assert first == second

    def test_of_a_draft_is_a_draft(self, world: World, app: App, broken: Deployment) -> None:
        draft = deployments.request(world.alice, app, bundle=broken.bundle, draft=True)
        failures.end(draft, LACKS_YAML)

        assert fixes.fix(world.alice, app, draft).is_draft

    def test_carries_over_what_was_given_for_that_one_alone(self, world: World, app: App, broken: Deployment) -> None:
        own = Own(command=["python", "app.py"], variables={"MODE": "own"})
        failed = deployments.request(world.alice, app, bundle=broken.bundle, own=own)
        failures.end(failed, LACKS_YAML)

        fixed = fixes.fix(world.bob, app, failed)

        assert (fixed.settings["command"], fixed.settings["env"]) == (("python", "app.py"), {"MODE": "own"})
        assert fixed.settings["own_from"] == failed.number

    def test_needs_read_on_the_secrets_that_it_carries(self, world: World, app: App, broken: Deployment) -> None:
        scope = secret_scopes.create(world.alice, name="prod")
        secrets.put(world.alice, scope, key="token", value=b"correct horse", now=broken.created_at)
        own = Own(variables={"TOKEN": SecretReference("prod", "token")})
        failed = deployments.request(world.alice, app, bundle=broken.bundle, own=own)
        failures.end(failed, LACKS_YAML)

        with pytest.raises(Forbidden, match="TOKEN, carried over from deployment 2, refers to a secret"):
            fixes.fix(world.bob, app, failed)

        assert app.deployments.count() == 2

    def test_adds_what_is_named_instead(self, world: World, app: App, broken: Deployment) -> None:
        fixed = fixes.fix(world.alice, app, broken, requirements=["ruamel.yaml>=0.18", "pandas"])

        text = (_unpack(fixed.bundle) / "requirements.txt").read_text()
        assert text == "flask==3.1.0\nruamel.yaml>=0.18\npandas\n"

    @pytest.mark.parametrize(
        ("requirements", "kind", "why"),
        [
            (["--index-url https://evil.test"], Invalid, "is not a requirement"),
            (["Flask"], Conflict, "asks for Flask already"),
        ],
    )
    def test_refuses_with_a_sentence_and_keeps_everything(
        self, world: World, app: App, broken: Deployment, requirements: list[str], kind: type[Exception], why: str
    ) -> None:
        with pytest.raises(kind, match=why):
            fixes.fix(world.alice, app, broken, requirements=requirements)

        assert app.deployments.count() == 1
        assert Bundle.objects.count() == 1

    def test_refuses_where_nothing_is_known_to_be_missing(self, world: World, app: App) -> None:
        deployment = deployments.request(world.alice, app, bundle=world.bundle())

        with pytest.raises(Conflict, match="is not known to lack any package"):
            fixes.fix(world.alice, app, deployment)

    def test_unpacks_a_source_that_was_put_away(self, world: World, app: App, broken: Deployment) -> None:
        shutil.rmtree(layout.source(broken.bundle))

        fixed = fixes.fix(world.alice, app, broken)

        assert (_unpack(fixed.bundle) / "requirements.txt").read_text() == "flask==3.1.0\nPyYAML\n"

    def test_refuses_a_source_that_cannot_be_unpacked(self, world: World, app: App) -> None:
        deployment = deployments.request(world.alice, app, bundle=world.bundle(b"no archive"))

        with pytest.raises(Conflict, match="archive"):
            fixes.fix(world.alice, app, deployment, requirements=["pandas"])


class TestNote:
    def test_keeps_each_thing_once(self, app: App, broken: Deployment) -> None:
        library = Failure(FailureKind.MISSING_LIBRARY, "It needs libGL.so.1.", "Ask an administrator.")
        for failure in (LACKS_YAML, library, LACKS_YAML, library):
            findings.note(broken, failure, broken.created_at)

        broken.refresh_from_db()
        assert [each["kind"] for each in broken.findings] == ["missing_module", "missing_library"]
        assert fixes.missing_requirements(broken) == ("PyYAML",)

    def test_keeps_nothing_but_what_is_missing(self, broken: Deployment) -> None:
        findings.note(broken, Failure(FailureKind.CRASHED_AT_START, "It crashed."), broken.created_at)

        assert len(broken.findings) == 1

    def test_has_an_end(self, broken: Deployment) -> None:
        for number in range(30):
            failure = Failure(FailureKind.MISSING_MODULE, f"The app imports 'm{number}'.", requirement=f"m{number}")
            findings.note(broken, failure, broken.created_at)

        broken.refresh_from_db()
        assert len(broken.findings) == findings.MOST
