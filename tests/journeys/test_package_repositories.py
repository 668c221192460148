"""A workspace gets its packages from a private index alone: set up by the unmodified clients, and proven closed."""

import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from databricks.sdk import WorkspaceClient
from databricks.sdk.service.workspace import AclPermission

from tests.journeys import port_80
from tests.journeys.people import add_member
from tests.journeys.platform import Platform
from tests.journeys.test_databricks_cli import Cli, configured
from tests.journeys.test_requirements import APP
from tests.private_index import PASSWORD, PrivateIndex, with_login
from workspaces.redaction import Masker

SCOPE = "databricks-package-management"
INDEX_URL, EXTRA_INDEX_URLS, CERT = "pip-index-url", "pip-extra-index-urls", "pip-cert"
FORMS = Masker([PASSWORD])
#: Where a running app's own pip reads the login; nowhere else may it lie.
OF_THE_APP = "instances"


@pytest.fixture(scope="module")
def index(private_index: PrivateIndex) -> PrivateIndex:
    private_index.add("acmecore", "2.1", needs=("six",))
    # Lower than the public one of that name, which is what an attacker would publish.
    private_index.add("six", "0.1")
    return private_index


@pytest.fixture(scope="module")
def sdk(platform: Platform) -> WorkspaceClient:
    return WorkspaceClient(host=f"http://127.0.0.1:{platform.port}", token=platform.credentials["token"])


@pytest.fixture(scope="module")
def cli(platform: Platform, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cli]:
    with port_80.leading_to(platform.port) as way:
        yield configured(tmp_path_factory.mktemp("cli"), platform.credentials["token"], way)


@pytest.fixture
def repositories(sdk: WorkspaceClient, index: PrivateIndex) -> Iterator[WorkspaceClient]:
    """Set up call for call as the source's page does it, and taken away again."""
    sdk.secrets.create_scope(SCOPE)
    sdk.secrets.put_acl(SCOPE, "admins", AclPermission.MANAGE)
    sdk.secrets.put_acl(SCOPE, "users", AclPermission.READ)
    sdk.secrets.put_secret(SCOPE, INDEX_URL, string_value=index.address_with_login)
    sdk.secrets.put_secret(SCOPE, CERT, string_value=index.authority.pem)
    yield sdk
    sdk.secrets.delete_scope(SCOPE)


@pytest.fixture(scope="module")
def app(platform: Platform) -> Iterator[str]:
    platform.create("from-private")
    yield "from-private"
    platform.remove(["from-private"])


def source(requirements: str, **files: str) -> dict[str, str]:
    return {"app.py": APP, "requirements.txt": requirements, **files}


def ends(platform: Platform, app: str, requirements: str = "acmecore\n", **files: str) -> tuple[dict[str, Any], str]:
    """The deployment at its end, and its log."""
    number = platform.deploy(app, source(requirements, **files))
    return platform.wait(app, number), platform.log(app, number)


def set_variable(platform: Platform, app: str, name: str, value: str | None) -> None:
    """``None`` takes it away."""
    answer = platform.api.patch(f"/apps/{app}/env", json={"env": [{"name": name, "value": value}]})
    answer.raise_for_status()


class TestBuild:
    def test_installs_from_the_private_index_alone(self, platform, repositories, app, index):
        found, log = ends(platform, app)

        assert found["state"] == "active", log
        assert platform.get(app).json() == {"acmecore": "2.1", "six": "0.1"}
        packages = platform.locks([app])[app]
        assert {package["index"] for package in packages.values()} == {index.address}
        assert "(from the workspace's default package repositories)" in log
        assert "pypi.org" not in log

    def test_shows_the_login_nowhere(self, platform, repositories, app, index):
        index.add("acmenew", "1.0")
        with watching_commands() as commands:
            found, log = ends(platform, app, "acmecore\nacmenew\n")

        assert found["state"] == "active", log
        assert FORMS.mask(log) == log
        assert FORMS.mask("\n".join(commands)) == "\n".join(commands)
        assert any("pip\0compile" in command for command in commands), "Nothing was seen of the build."
        assert [path for path in files_of(platform) if holds(path)] == []

    def test_takes_further_indexes_before_the_main_one(self, platform, repositories, app, index):
        repositories.secrets.delete_secret(SCOPE, INDEX_URL)
        repositories.secrets.put_secret(SCOPE, EXTRA_INDEX_URLS, string_value=f" {index.address_with_login}\n")

        found, log = ends(platform, app, "acmecore\nsix\niniconfig==2.0.0\n")

        assert found["state"] == "active", log
        assert platform.get(app).json() == {"acmecore": "2.1", "iniconfig": "2.0.0", "six": "0.1"}
        assert log.index(index.address) < log.index("https://pypi.org/simple")

    def test_lets_the_source_choose_otherwise_without_the_workspaces_login(self, platform, repositories, app, index):
        asked = len(index.asked)

        found, log = ends(platform, app, "--index-url https://pypi.org/simple\nsix==1.17.0\n")

        assert found["state"] == "active", log
        assert platform.get(app).json() == {"six": "1.17.0"}
        assert "https://pypi.org/simple (from requirements.txt)" in log
        assert len(index.asked) == asked

    def test_lets_a_variable_of_the_app_choose_otherwise(self, platform, repositories, app):
        set_variable(platform, app, "PIP_INDEX_URL", "https://pypi.org/simple")

        found, log = ends(platform, app, "six==1.16.0\n")
        set_variable(platform, app, "PIP_INDEX_URL", None)

        assert found["state"] == "active", log
        assert "(from the app's own variables)" in log


class TestStop:
    """A build that cannot use the index ends; what serves goes on, and nothing public is taken instead."""

    @pytest.fixture(autouse=True)
    def serving(self, platform, repositories, app):
        found, log = ends(platform, app)
        assert found["state"] == "active", log
        yield
        assert platform.get(app).json() == {"acmecore": "2.1", "six": "0.1"}

    def fails(self, platform, app, kind="index_unreachable") -> str:
        """With packages that were not asked for together before, so that no lock of them is kept."""
        self.number = getattr(self, "number", 0) + 1
        found, log = ends(platform, app, f"six\nacmecore<{99 + os.getpid() + len(kind) * 1000 + self.number}\n")
        assert found["state"] == "failed", log
        assert found["failure"]["kind"] == kind, found["failure"]
        assert FORMS.mask(str(found) + log) == str(found) + log
        return f"{found['failure']['message']} {found['failure']['hint']}"

    def test_when_the_index_is_down(self, platform, app, index):
        index.stop()
        try:
            said = self.fails(platform, app)
        finally:
            index.start()

        assert index.address in said

    def test_without_its_certificate(self, platform, repositories, app):
        repositories.secrets.delete_secret(SCOPE, CERT)

        assert "Acme Root CA" in self.fails(platform, app)

    def test_with_a_wrong_password(self, platform, repositories, app, index):
        wrong = with_login(index.address, "builder", "wrong-word")
        repositories.secrets.put_secret(SCOPE, INDEX_URL, string_value=wrong)

        said = self.fails(platform, app)

        assert "login" in said
        assert "wrong-word" not in said

    def test_with_a_value_that_is_no_address(self, platform, repositories, app):
        repositories.secrets.put_secret(SCOPE, INDEX_URL, string_value="packages")

        assert INDEX_URL in self.fails(platform, app, "package_settings")

    def test_for_somebody_who_may_not_read_the_settings(self, platform, repositories, app):
        token = add_member(platform, "no-read@example.org")
        repositories.secrets.delete_acl(SCOPE, "users")
        mine, platform.api.headers["Authorization"] = platform.api.headers["Authorization"], f"Bearer {token}"
        try:
            said = self.fails(platform, app, "package_settings")
        finally:
            platform.api.headers["Authorization"] = mine

        assert SCOPE in said
        assert "READ" in said


class TestCommandLine:
    def test_sets_up_changes_and_removes_with_the_commands_of_the_page(self, platform, cli, app, index):
        cli.secrets("create-scope", "--scope", SCOPE)
        cli.secrets("put-acl", "--scope", SCOPE, "--principal", "admins", "--permission", "MANAGE")
        cli.secrets("put-acl", "--scope", SCOPE, "--principal", "users", "--permission", "READ")
        cli.secrets("put", "--scope", SCOPE, "--key", INDEX_URL, "--string-value", index.address_with_login)
        cli.secrets("put", "--scope", SCOPE, "--key", EXTRA_INDEX_URLS, "--string-value", index.address_with_login)
        cli.secrets("put", "--scope", SCOPE, "--key", CERT, "--string-value", index.authority.pem)

        found, log = ends(platform, app, "acmecore==2.1\n")

        assert found["state"] == "active", log
        assert "pypi.org" not in log
        for key in (INDEX_URL, EXTRA_INDEX_URLS, CERT):
            cli.secrets("delete", "--scope", SCOPE, "--key", key)
        cli.secrets("delete-scope", "--scope", SCOPE)
        found, log = ends(platform, app, "six==1.17.0\n")
        assert found["state"] == "active", log
        assert "Packages come from https://pypi.org/simple" in log


class watching_commands:  # noqa: N801
    """Every command line that was seen while the block ran."""

    def __enter__(self) -> set[str]:
        self.seen: set[str] = set()
        self.over = threading.Event()
        self.thread = threading.Thread(target=self._watch)
        self.thread.start()
        return self.seen

    def __exit__(self, *_: object) -> None:
        self.over.set()
        self.thread.join()

    def _watch(self) -> None:
        while not self.over.wait(0.02):
            for process in Path("/proc").glob("[0-9]*/cmdline"):
                try:
                    self.seen.add(process.read_text(errors="replace"))
                except OSError:
                    continue  # It has ended.


def files_of(platform: Platform) -> Iterator[Path]:
    """Everything the platform has written, but for its database, where secrets lie sealed."""
    for folder in platform.home.iterdir():
        if folder.name not in {"postgres", OF_THE_APP}:
            yield from (path for path in [folder, *folder.rglob("*")] if path.is_file() and not path.is_symlink())


def holds(path: Path) -> bool:
    """In clear, URL-quoted, or inside base64."""
    content = path.read_bytes().decode("latin-1")
    return FORMS.mask(content) != content
