"""The unmodified legacy ``databricks`` command against a whole platform."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.journeys import port_80
from tests.journeys.people import add_member
from tests.journeys.platform import Platform

PROGRAM = Path(sys.executable).parent / "databricks"


@dataclass(frozen=True)
class Cli:
    """The command with a home of its own, in which a profile is configured."""

    home: Path
    environment: dict[str, str]

    def run(self, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
        environment = {"HOME": str(self.home), "PATH": os.environ["PATH"], "LANG": "C.UTF-8", **self.environment}
        return subprocess.run(
            [str(PROGRAM), *words], env=environment | variables, capture_output=True, text=True, timeout=60,
            stdin=subprocess.DEVNULL,
        )  # fmt: skip

    def __call__(self, *words: str, **variables: str) -> str:
        """What a command printed; it must succeed."""
        done = self.run(*words, **variables)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def secrets(self, *words: str, **variables: str) -> str:
        return self("secrets", *words, **variables)

    def listed(self, *words: str) -> Any:
        return json.loads(self.secrets(*words, "--output", "JSON"))

    def refused(self, *words: str) -> str:
        """What a command printed that must fail."""
        done = self.run(*words)
        assert done.returncode == 1, done.stdout + done.stderr
        return done.stdout

    def refusal(self, *words: str) -> dict[str, str]:
        """The error object that it prints as it came: ``Error: b'{…}'``."""
        text = self.refused(*words)
        content: dict[str, str] = json.loads(text[text.index("{") : text.rindex("}") + 1].replace("\\'", "'"))
        return content


def configured(home: Path, token: str, environment: dict[str, str]) -> Cli:
    (home / ".databrickscfg").write_text(f"[DEFAULT]\nhost = http://{port_80.HOST}\ntoken = {token}\n")
    return Cli(home, environment)


@pytest.fixture(scope="module")
def way(platform: Platform) -> Iterator[dict[str, str]]:
    with port_80.leading_to(platform.port) as environment:
        yield environment


@pytest.fixture(scope="module")
def admin(platform: Platform, way: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Cli:
    return configured(tmp_path_factory.mktemp("admin"), platform.credentials["token"], way)


@pytest.fixture(scope="module")
def member(platform: Platform, way: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Cli:
    return configured(tmp_path_factory.mktemp("member"), add_member(platform, "cli-member@example.org"), way)


@pytest.fixture
def scope(admin: Cli) -> Iterator[str]:
    admin.secrets("create-scope", "--scope", "cli")
    yield "cli"
    admin.run("secrets", "delete-scope", "--scope", "cli")


def value(platform: Platform, key: str) -> Any:
    """In base64. The command itself never reads a value back."""
    address = f"http://127.0.0.1:{platform.port}/api/2.0/secrets/get"
    return platform.api.get(address, params={"scope": "cli", "key": key}).raise_for_status().json()["value"]


class TestScopes:
    def test_are_made_listed_and_deleted(self, admin: Cli) -> None:
        assert admin.secrets("create-scope", "--scope", "made", "--initial-manage-principal", "users") == ""

        assert {"name": "made", "backend_type": "DATABRICKS"} in admin.listed("list-scopes")["scopes"]
        assert "made" in admin.secrets("list-scopes")
        assert admin.secrets("delete-scope", "--scope", "made") == ""
        assert "made" not in admin.secrets("list-scopes")

    def test_keep_their_secrets_here(self, admin: Cli) -> None:
        words = ["--scope-backend-type", "AZURE_KEYVAULT", "--resource-id", "r", "--dns-name", "https://vault.example"]

        refusal = admin.refusal("secrets", "create-scope", "--scope", "vault", *words)

        assert refusal["error_code"] == "INVALID_PARAMETER_VALUE"


class TestSecrets:
    @pytest.mark.parametrize("verb", ["put", "write"])
    def test_are_put_as_text(self, platform: Platform, admin: Cli, scope: str, verb: str) -> None:
        assert admin.secrets(verb, "--scope", scope, "--key", "k", "--string-value", "hunter2") == ""

        assert value(platform, "k") == "aHVudGVyMg=="

    def test_are_put_from_a_file(self, platform: Platform, admin: Cli, scope: str, tmp_path: Path) -> None:
        (tmp_path / "key.bin").write_bytes(b"\x00\xff")

        admin.secrets("put", "--scope", scope, "--key", "k", "--binary-file", str(tmp_path / "key.bin"))

        assert value(platform, "k") == "AP8="

    def test_are_put_from_an_editor(self, platform: Platform, admin: Cli, scope: str) -> None:
        admin.secrets("put", "--scope", scope, "--key", "k", EDITOR="sed -i 1s/^/hunter2/", VISUAL="")

        assert value(platform, "k") == "aHVudGVyMg=="

    def test_are_listed_and_deleted(self, admin: Cli, scope: str) -> None:
        admin.secrets("put", "--scope", scope, "--key", "k", "--string-value", "hunter2")

        (found,) = admin.listed("list", "--scope", scope)["secrets"]
        assert found["key"] == "k"
        assert str(found["last_updated_timestamp"]) in admin.secrets("list", "--scope", scope)
        assert admin.secrets("delete", "--scope", scope, "--key", "k") == ""
        assert admin.listed("list", "--scope", scope) == {"secrets": []}


class TestAcls:
    @pytest.mark.parametrize("verb", ["put-acl", "write-acl"])
    def test_are_put_listed_and_deleted(self, admin: Cli, scope: str, verb: str) -> None:
        words = ["--scope", scope, "--principal", "users"]
        admin.secrets(verb, *words, "--permission", "WRITE")
        assert admin.secrets(verb, *words, "--permission", "READ") == ""

        assert admin.listed("get-acl", *words) == {"principal": "users", "permission": "READ"}
        assert {"principal": "users", "permission": "READ"} in admin.listed("list-acls", "--scope", scope)["items"]
        assert "users" in admin.secrets("list-acls", "--scope", scope)
        assert admin.secrets("delete-acl", *words) == ""
        assert "users" not in admin.secrets("list-acls", "--scope", scope)


class TestDefaultPackageRepositories:
    """The set-up of the documentation, in this client's words."""

    def test_are_set_up_and_removed(self, admin: Cli, member: Cli) -> None:
        name = "databricks-package-management"
        admin.secrets("create-scope", "--scope", name)
        admin.secrets("put-acl", "--scope", name, "--principal", "admins", "--permission", "MANAGE")
        admin.secrets("put-acl", "--scope", name, "--principal", "users", "--permission", "READ")
        for key in ("pip-index-url", "pip-extra-index-urls", "pip-cert"):
            admin.secrets("put", "--scope", name, "--key", key, "--string-value", f"value of {key}")

        keys = [secret["key"] for secret in member.listed("list", "--scope", name)["secrets"]]
        assert keys == ["pip-cert", "pip-extra-index-urls", "pip-index-url"]

        for key in keys:
            admin.secrets("delete", "--scope", name, "--key", key)
        admin.secrets("delete-scope", "--scope", name)


class TestErrors:
    def test_are_shown_as_they_came(self, admin: Cli, scope: str) -> None:
        taken = admin.refusal("secrets", "create-scope", "--scope", scope)
        missing = admin.refusal("secrets", "list", "--scope", "none")
        unknown = admin.refusal(
            "secrets", "put-acl", "--scope", scope, "--principal", "nobody", "--permission", "READ"
        )  # fmt: skip

        assert taken["error_code"] == "RESOURCE_ALREADY_EXISTS"
        assert missing["error_code"] == "RESOURCE_DOES_NOT_EXIST"
        assert unknown["error_code"] == "INVALID_PARAMETER_VALUE"

    def test_of_permissions_and_tokens_are_the_clients_own(self, admin: Cli, member: Cli, scope: str) -> None:
        assert "Authorization failed" in member.refused("secrets", "list", "--scope", scope)
        assert "authentication information" in admin.run("secrets", "list-scopes", **wrong_token()).stdout

    def test_of_what_slipway_has_not_are_json(self, admin: Cli) -> None:
        assert admin.refusal("clusters", "list")["error_code"] == "ENDPOINT_NOT_FOUND"


def wrong_token() -> dict[str, str]:
    return {"DATABRICKS_HOST": f"http://{port_80.HOST}", "DATABRICKS_TOKEN": "dapi0123456789"}


class TestGroups:
    @pytest.mark.usefixtures("member")
    def test_are_made_filled_emptied_and_deleted(self, admin: Cli) -> None:
        def asked(verb: str, *words: str) -> Any:
            return json.loads(admin("groups", verb, *words))

        team, person = ["--group-name", "cli team"], ["--user-name", "cli-member@example.org"]
        assert asked("create", *team) == {"group_name": "cli team"}
        assert "cli team" in asked("list")["group_names"]
        assert admin("groups", "add-member", "--parent-name", "cli team", *person) == ""
        assert asked("list-members", *team) == {"members": [{"user_name": "cli-member@example.org"}]}
        assert asked("list-parents", *person) == {"group_names": ["users", "cli team"]}
        assert admin("groups", "remove-member", "--parent-name", "cli team", *person) == ""
        assert asked("list-members", *team) == {"members": []}
        assert asked("delete", *team) == {}


class TestTokens:
    def test_are_made_listed_and_revoked(self, member: Cli) -> None:
        made = json.loads(member("tokens", "create", "--comment", "CI", "--lifetime-seconds", "3600"))

        assert made["token_info"] in json.loads(member("tokens", "list"))["token_infos"]
        assert json.loads(member("tokens", "revoke", "--token-id", made["token_info"]["token_id"])) == {}
        assert made["token_info"] not in json.loads(member("tokens", "list"))["token_infos"]


SERVER = """
import http.server, os
class Hello(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers(); self.wfile.write(b"from a notebook")
http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Hello).serve_forever()
"""


class TestWorkspace:
    FOLDER = "/Shared/cli-app"

    def test_deploys_a_folder_that_it_has_uploaded(self, admin: Cli, platform: Platform, tmp_path: Path) -> None:
        (tmp_path / "app").mkdir()
        (tmp_path / "app" / "main.py").write_text(SERVER)

        assert "main.py" in admin("workspace", "import_dir", str(tmp_path / "app"), self.FOLDER)
        assert admin("workspace", "ls", "--absolute", self.FOLDER).split() == [f"{self.FOLDER}/main"]
        platform.create("cli-app")
        address = f"http://127.0.0.1:{platform.port}/api/2.0/apps/cli-app/deployments"
        platform.api.post(address, json={"source_code_path": self.FOLDER}).raise_for_status()

        assert platform.wait("cli-app", 1)["state"] == "active", platform.log("cli-app", 1)
        assert platform.get("cli-app").text == "from a notebook"
        platform.remove(["cli-app"])

    def test_gets_back_and_deletes_what_it_put(self, admin: Cli, tmp_path: Path) -> None:
        (tmp_path / "etl.py").write_text("print(1)\n")
        assert admin("workspace", "mkdirs", "/Shared/cli-files") == ""
        path = "/Shared/cli-files/etl"
        assert admin("workspace", "import", "-l", "PYTHON", str(tmp_path / "etl.py"), path) == ""

        admin("workspace", "export_dir", "/Shared/cli-files", str(tmp_path / "back"))

        assert (tmp_path / "back" / "etl.py").read_text() == "# Databricks notebook source\nprint(1)\n"
        again = admin.refusal("workspace", "import", "-l", "PYTHON", str(tmp_path / "etl.py"), path)
        assert again["error_code"] == "RESOURCE_ALREADY_EXISTS"
        assert admin.refusal("workspace", "rm", "/Shared/cli-files")["error_code"] == "DIRECTORY_NOT_EMPTY"
        assert admin("workspace", "rm", "-r", "/Shared/cli-files") == ""
