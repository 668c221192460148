import configparser
import os
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from uv import find_uv_bin

from packagerepos import config_files, pip_conf, public_roots
from packagerepos.indexes import Indexes, IndexStrategy, Transport
from tests.private_index import Authority, PrivateIndex

INDEXES = Indexes().configured_by(
    "the test",
    main="https://me:p%40ss@a.example/simple",
    extra=["https://token@b.example/simple", "https://pypi.org/simple"],
)


@pytest.fixture
def index(tmp_path: Path) -> Iterator[PrivateIndex]:
    with PrivateIndex(tmp_path / "index") as index:
        index.add("acme", needs=("acme-base",))
        yield index


@pytest.fixture
def second(tmp_path: Path, index: PrivateIndex) -> Iterator[PrivateIndex]:
    """Of the same authority and host, on another port and with another login."""
    with PrivateIndex(tmp_path / "second", authority=index.authority, login=("other", "pa:ss")) as second:
        second.add("acme", "9.0")
        second.add("acme_base", "2.0")
        yield second


@pytest.fixture
def both(index: PrivateIndex, second: PrivateIndex) -> Indexes:
    """The first index stands above the second."""
    return Indexes().configured_by("the test", main=second.address_with_login, extra=[index.address_with_login])


@pytest.fixture
def ca(tmp_path: Path, index: PrivateIndex) -> Path:
    path = tmp_path / "ca.pem"
    path.write_text(public_roots.with_added(index.authority.pem))
    return path


def run(argv: list[str], tmp_path: Path, **env: str) -> str:
    """What a person's own machine would do: no configuration but the given one."""
    clean = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "UV_CACHE_DIR": str(tmp_path / "cache"), **env}
    finished = subprocess.run(argv, env=clean, cwd=tmp_path, capture_output=True, text=True, timeout=120)
    return finished.stdout + finished.stderr


def installed(folder: Path) -> set[str]:
    return {path.name.removesuffix(".dist-info") for path in folder.glob("*.dist-info")}


class TestPipConf:
    def test_installs_with_the_real_pip(self, both, ca, tmp_path):
        target = tmp_path / "packages"
        (tmp_path / "pip.conf").write_text(config_files.pip_conf(both, cert=str(ca), target=str(target)))

        said = run(
            [sys.executable, "-m", "pip", "install", "acme"], tmp_path, PIP_CONFIG_FILE=str(tmp_path / "pip.conf")
        )

        # pip takes the best of all; the file says so.
        assert installed(target) == {"acme-9.0"}, said

    def test_is_not_trusted_without_the_certificate(self, both, tmp_path):
        target = tmp_path / "packages"
        (tmp_path / "pip.conf").write_text(config_files.pip_conf(both, target=str(target)))

        said = run(
            [sys.executable, "-m", "pip", "install", "--retries=0", "acme"],
            tmp_path,
            PIP_CONFIG_FILE=str(tmp_path / "pip.conf"),
        )

        assert installed(target) == set()
        assert "CERTIFICATE_VERIFY_FAILED" in said

    def test_names_each_index_with_its_login(self):
        parser = configparser.RawConfigParser()
        parser.read_string(config_files.pip_conf(INDEXES))

        assert parser["global"]["index-url"] == "https://me:p%40ss@a.example/simple"
        assert parser["global"]["extra-index-url"].split() == [
            "https://token@b.example/simple",
            "https://pypi.org/simple",
        ]

    def test_says_what_pip_does_not_do(self):
        first, best = INDEXES, replace(INDEXES, strategy=IndexStrategy.BEST_MATCH)

        assert config_files.pip_conf(first).startswith("# pip knows no standing")
        assert not config_files.pip_conf(best).startswith("#")
        assert not config_files.pip_conf(Indexes()).startswith("#")

    def test_means_the_same_when_it_is_read_again(self, tmp_path):
        indexes = replace(
            INDEXES.configured_by("the test", trusted_hosts=["a.example"], find_links=["https://c.example/files"]),
            transport=Transport(timeout_s=30, retries=2, proxy="http://proxy.example:3128"),
        )
        path = tmp_path / "pip.conf"
        path.write_text(config_files.pip_conf(indexes))

        again = pip_conf.over(pip_conf.read([path]), Indexes())

        assert again.addresses == indexes.addresses
        assert {login.password for login in again.credentials} == {"p@ss", ""}
        assert again.transport.timeout_s == 30
        assert again.find_links == indexes.find_links

    def test_of_no_index_asks_none(self, tmp_path):
        assert "no-index = true" in config_files.pip_conf(Indexes(main=None))


class TestUvToml:
    def test_installs_with_the_real_uv_by_standing(self, both, ca, tmp_path):
        (tmp_path / "uv.toml").write_text(config_files.uv_toml(both, target=str(tmp_path / "packages")))

        said = run(
            [find_uv_bin(), "pip", "install", "--config-file", "uv.toml", "--python", sys.executable, "acme"],
            tmp_path,
            SSL_CERT_FILE=str(ca),
        )

        assert installed(tmp_path / "packages") == {"acme-1.0", "acme_base-2.0"}, said

    def test_best_match_takes_the_best(self, both, ca, tmp_path):
        best = replace(both, strategy=IndexStrategy.BEST_MATCH)
        (tmp_path / "uv.toml").write_text(config_files.uv_toml(best, target=str(tmp_path / "packages")))

        said = run(
            [find_uv_bin(), "pip", "install", "--config-file", "uv.toml", "--python", sys.executable, "acme"],
            tmp_path,
            SSL_CERT_FILE=str(ca),
        )

        assert installed(tmp_path / "packages") == {"acme-9.0"}, said

    def test_has_the_public_index_last_and_as_the_default(self):
        found = tomllib.loads(config_files.uv_toml(INDEXES))

        assert found["index-strategy"] == "first-index"
        assert [index["url"] for index in found["index"]] == [
            "https://token@b.example/simple",
            "https://me:p%40ss@a.example/simple",
            "https://pypi.org/simple",
        ]
        assert [index.get("default") for index in found["index"]] == [None, None, True]

    def test_of_no_index_asks_none(self):
        assert tomllib.loads(config_files.uv_toml(Indexes(main=None)))["no-index"] is True


class TestBundle:
    def test_holds_the_public_roots_and_the_added(self):
        added = Authority("Acme Root CA").pem

        bundle = public_roots.with_added(added)

        assert bundle.endswith(added)
        assert bundle.count("BEGIN CERTIFICATE") > 50
