from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as platform_settings

from deployments.models import App, Deployment, State
from deployments.operations import deployments, secret_references
from deployments.pipeline import runtime_packages
from deployments.pipeline.runtime_packages import CERTIFICATES, PIP_CONF, UV_TOML, RuntimePackages
from packagerepos.index_settings import CERTIFICATES as CERT_KEY
from packagerepos.index_settings import INDEX_URL
from tests.private_index import Authority
from tests.world import World
from workspaces.models import AuditEvent, Membership, ScopeAcl, ScopePermission, SecretScope
from workspaces.operations import scope_acls, secret_scopes, secrets

NOW = datetime(2026, 1, 1, tzinfo=UTC)
URL = "https://builder:word%2Fword@packages.example.com/simple"
LOST = "While this runs, no packages can be installed from the workspace's repositories: "


@pytest.fixture(autouse=True)
def without_the_machines_own(settings: Any) -> None:
    settings.PIP_CONF = ()


@pytest.fixture
def scope(world: World) -> SecretScope:
    scope = secret_scopes.create(world.alice, name=platform_settings.PACKAGE_SCOPE)
    put(world, scope, INDEX_URL, URL.encode())
    return scope


@pytest.fixture
def deployment(world: World) -> Deployment:
    return deployments.request(world.bob, world.app(), bundle=world.bundle())


def put(world: World, scope: SecretScope, key: str, value: bytes) -> None:
    secrets.put(world.alice, scope, key=key, value=value, now=NOW)


def share(world: World, scope: SecretScope) -> None:
    scope_acls.put(world.alice, scope, grantee="users", permission=ScopePermission.READ)


def prepared(deployment: Deployment) -> RuntimePackages:
    return runtime_packages.prepare(deployment.app, deployment)


def text(packages: RuntimePackages, path: str = PIP_CONF) -> str:
    return next(file.content for file in packages.files if file.path == path)


def is_granted(app: App) -> bool:
    return ScopeAcl.objects.filter(app_uuid=app.uuid).exists()


class TestPrepare:
    def test_gives_pip_and_uv_what_the_workspace_set(
        self, world: World, scope: SecretScope, deployment: Deployment
    ) -> None:
        share(world, scope)

        packages = prepared(deployment)

        assert f"index-url = {URL}" in text(packages)
        assert URL in text(packages, UV_TOML)
        assert packages.hidden >= {"word/word", "word%2Fword"}
        assert packages.problem == ""
        assert packages.variables == {}
        assert "word" not in repr(packages)

    def test_gives_certificates_besides_the_public_roots(
        self, world: World, scope: SecretScope, deployment: Deployment
    ) -> None:
        share(world, scope)
        pem = Authority().pem
        put(world, scope, CERT_KEY, pem.encode())

        packages = prepared(deployment)

        assert f"cert = {CERTIFICATES}" in text(packages)
        assert packages.variables["SSL_CERT_FILE"] == CERTIFICATES
        assert pem.strip() in text(packages, CERTIFICATES)
        assert text(packages, CERTIFICATES).count("BEGIN CERTIFICATE") > 50

    def test_gives_the_sites_defaults_where_no_scope_exists(
        self, deployment: Deployment, settings: Any, tmp_path: Path
    ) -> None:
        (tmp_path / "pip.conf").write_text("[global]\nindex-url = https://site.example.com/simple\n")
        settings.PIP_CONF = (tmp_path / "pip.conf",)

        packages = prepared(deployment)

        assert "index-url = https://site.example.com/simple" in text(packages)
        assert (packages.problem, packages.variables) == ("", {})

    def test_gives_nothing_where_nobody_has_set_anything(self, deployment: Deployment) -> None:
        assert prepared(deployment) == RuntimePackages((), frozenset())

    def test_reads_as_the_app_when_who_deployed_it_has_left(
        self, world: World, scope: SecretScope, deployment: Deployment
    ) -> None:
        share(world, scope)
        runtime_packages.entitle(deployment)
        Membership.objects.filter(user=world.bob.user).update(deactivated_at=NOW)

        assert URL in text(prepared(deployment))
        assert AuditEvent.objects.filter(verb="read", actor=None).count() == 1

    def test_asks_who_deployed_it_when_the_scope_is_newer(
        self, world: World, scope: SecretScope, deployment: Deployment
    ) -> None:
        share(world, scope)

        assert URL in text(prepared(deployment))
        assert is_granted(deployment.app)

    @pytest.mark.parametrize("has_left", [False, True])
    def test_finds_no_index_at_all_without_read(
        self, world: World, scope: SecretScope, deployment: Deployment, has_left: bool
    ) -> None:
        if has_left:
            share(world, scope)
            Membership.objects.filter(user=world.bob.user).update(deactivated_at=NOW)

        packages = prepared(deployment)

        assert packages.problem.startswith(f"{LOST}this app may not read the scope {scope.name!r}")
        assert "READ" in packages.problem
        assert ".invalid/" in text(packages)
        assert "pypi" not in text(packages) + text(packages, UV_TOML)
        assert not is_granted(deployment.app)

    @pytest.mark.parametrize("value", [b"packages.example.com", b"\xff\xfe", b"https://me:word-word@x@y/simple"])
    def test_says_which_key_is_wrong_and_starts(
        self, world: World, scope: SecretScope, deployment: Deployment, value: bytes
    ) -> None:
        share(world, scope)
        put(world, scope, INDEX_URL, value)

        packages = prepared(deployment)

        assert packages.problem.startswith(LOST)
        assert INDEX_URL in packages.problem
        assert "word-word" not in packages.problem
        assert ".invalid/" in text(packages)

    def test_says_that_the_keys_are_gone_and_starts(
        self, world: World, scope: SecretScope, deployment: Deployment, settings: Any, tmp_path: Path
    ) -> None:
        share(world, scope)
        settings.SECRET_KEYS_FILE = tmp_path / "nothing"

        packages = prepared(deployment)

        assert "ask the operator" in packages.problem
        assert str(tmp_path) not in packages.problem

    def test_says_that_the_sites_configuration_is_wrong_and_starts(
        self, deployment: Deployment, settings: Any, tmp_path: Path
    ) -> None:
        (tmp_path / "pip.conf").write_text("index-url\n")
        settings.PIP_CONF = (tmp_path / "pip.conf",)

        packages = prepared(deployment)

        assert packages.problem.startswith(LOST)
        assert str(tmp_path) not in packages.problem

    def test_gives_nothing_of_another_workspace(self, world: World, scope: SecretScope, deployment: Deployment) -> None:
        foreign = deployments.request(world.charlie, world.app(by=world.charlie), bundle=world.bundle(by=world.charlie))
        share(world, scope)

        assert prepared(foreign) == RuntimePackages((), frozenset())


class TestEntitle:
    def test_grants_the_app_what_its_deployer_may_read(
        self, world: World, scope: SecretScope, deployment: Deployment
    ) -> None:
        runtime_packages.entitle(deployment)
        assert not is_granted(deployment.app)

        share(world, scope)
        runtime_packages.entitle(deployment)
        runtime_packages.entitle(deployment)

        assert ScopeAcl.objects.filter(app_uuid=deployment.app.uuid, permission="READ").count() == 1

    def test_does_nothing_where_no_scope_exists(self, deployment: Deployment) -> None:
        runtime_packages.entitle(deployment)

        assert not is_granted(deployment.app)


class TestRevokeUnused:
    @pytest.mark.parametrize(("state", "stays"), [(State.ACTIVE, True), (State.RETIRED, False)])
    def test_keeps_the_grant_while_something_may_start(
        self, world: World, scope: SecretScope, deployment: Deployment, state: State, stays: bool
    ) -> None:
        share(world, scope)
        runtime_packages.entitle(deployment)
        Deployment.objects.filter(pk=deployment.pk).update(state=state)

        secret_references.revoke_unused(deployment.app)

        assert is_granted(deployment.app) is stays
