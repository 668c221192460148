import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from uv import find_uv_bin

from tests.deployments.api.clients import Client, is_error
from tests.private_index import PASSWORD, PrivateIndex
from workspaces.operations import scope_acls, secret_scopes

PAGE = "/api/v1/workspace/package-repositories"


@pytest.fixture
def alice(world) -> Client:
    return Client(world.token(world.alice))


@pytest.fixture
def bob(world) -> Client:
    return Client(world.token(world.bob))


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[PrivateIndex]:
    with PrivateIndex(tmp_path / "index") as index:
        index.add("acme")
        monkeypatch.setattr(settings, "ALLOWED_INTERNAL", [index.place])
        yield index


class TestRepositories:
    def test_are_written_and_never_told(self, alice, index):
        written = alice.ask("PUT", PAGE, {"index_url": index.address_with_login, "certificates": index.authority.pem})
        read = alice.get(PAGE)

        assert written.status_code == read.status_code == 200
        assert read.json() == written.json()
        assert read.json()["index_url"] == f"https://***@{index.place}/simple"
        assert read.json()["standing"] == [
            {
                "address": index.address,
                "has_login": True,
                "writer": "the workspace's default package repositories",
                "is_public": False,
            }
        ]
        assert read.json()["changes"]["index_url"]["by"] == "Alice"
        assert PASSWORD not in read.content.decode()

    def test_keep_a_masked_login(self, alice, index):
        alice.ask("PUT", PAGE, {"index_url": index.address_with_login, "certificates": index.authority.pem})
        shown = alice.get(PAGE).json()

        alice.ask("PUT", PAGE, {"index_url": shown["index_url"], "strategy": "best_match"})
        found = alice.post(f"{PAGE}/test", {"package": "acme"}).json()["results"]

        assert [(each["verdict"], each["is_fine"]) for each in found] == [("ok", True)]
        assert alice.get(PAGE).json()["strategy"] == "best_match"

    @pytest.mark.parametrize(
        "body",
        [
            {"index": "https://a.example"},
            {"index_url": 3},
            {"extra_index_urls": "https://a.example"},
            {"extra_index_urls": [3]},
            {"index_url": "no address"},
            {"strategy": ["first_match"]},
        ],
    )
    def test_refuse_what_is_none(self, alice, body):
        assert is_error(alice.ask("PUT", PAGE, body), 400, "invalid")


class TestTest:
    def test_asks_with_what_is_given_and_saves_nothing(self, alice, index):
        body = {"index_url": index.address_with_login, "extra_index_urls": ["https://nowhere.invalid/simple"]}

        found = alice.post(f"{PAGE}/test", body).json()

        assert [each["verdict"] for each in found["results"]] == ["dns", "tls"]
        assert found["results"][1]["address"] == index.address
        assert alice.get(PAGE).json()["scope_exists"] is False

    def test_refuses_a_name_that_is_none(self, alice):
        assert is_error(alice.post(f"{PAGE}/test", {"package": "../../etc"}), 400, "invalid")


class TestFiles:
    @pytest.fixture
    def configured(self, alice: Client, index: PrivateIndex) -> PrivateIndex:
        alice.ask("PUT", PAGE, {"index_url": index.address_with_login, "certificates": index.authority.pem})
        return index

    def test_install_with_the_real_clients(self, bob, configured, tmp_path):
        ca = tmp_path / "ca.pem"
        ca.write_text(bob.get("/api/v1/workspace/ca.pem").content.decode())
        (tmp_path / "pip.conf").write_text(bob.get(f"/api/v1/workspace/pip.conf?cert={ca}").content.decode())
        (tmp_path / "uv.toml").write_text(bob.get("/api/v1/workspace/uv.toml").content.decode())
        env = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}

        pip = [sys.executable, "-m", "pip", "install", "--target", "by-pip", "acme"]
        subprocess.run(pip, env=env | {"PIP_CONFIG_FILE": "pip.conf"}, cwd=tmp_path, check=True, capture_output=True)
        uv = [find_uv_bin(), "pip", "install", "--config-file", "uv.toml", "--target", "by-uv", "acme"]
        subprocess.run(uv, env=env | {"SSL_CERT_FILE": str(ca)}, cwd=tmp_path, check=True, capture_output=True)

        assert (tmp_path / "by-pip/acme.py").is_file()
        assert (tmp_path / "by-uv/acme.py").is_file()

    def test_are_text_that_nobody_keeps(self, bob, configured):
        response = bob.get("/api/v1/workspace/pip.conf", headers={"Accept": "text/plain"})

        assert response["Content-Type"] == "text/plain; charset=utf-8"
        assert response["Cache-Control"] == "no-store"
        assert "?cert=" in response.content.decode()
        assert "cert =" not in response.content.decode()

    @pytest.mark.parametrize("name", ["pip.conf", "uv.toml", "ca.pem"])
    def test_take_read_on_the_scope(self, world, bob, configured, name):
        scope = secret_scopes.named(world.alice.workspace, settings.PACKAGE_SCOPE)
        scope_acls.delete(world.alice, scope, grantee="users")

        response = bob.get(f"/api/v1/workspace/{name}")

        assert is_error(response, 403, "forbidden")
        assert "READ" in response.json()["hint"]

    def test_are_the_defaults_of_a_workspace_that_set_nothing(self, world):
        charlie = Client(world.token(world.charlie))

        assert "index-url = https://pypi.org/simple" in charlie.get("/api/v1/workspace/pip.conf").content.decode()

    def test_refuse_a_path_that_is_none(self, bob, configured):
        assert is_error(bob.get("/api/v1/workspace/pip.conf?cert=/a%0Aindex-url=x"), 400, "invalid")

    def test_hold_no_login_of_the_site(self, bob, tmp_path, monkeypatch):
        site = tmp_path / "pip.conf"
        site.write_text("[global]\nindex-url = https://site:site-secret@packages.example.com/simple\n")
        monkeypatch.setattr(settings, "PIP_CONF", (site,))

        text = bob.get("/api/v1/workspace/pip.conf").content.decode()

        assert "https://packages.example.com/simple" in text
        assert "site-secret" not in text
