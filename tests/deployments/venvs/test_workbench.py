import os
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from deployments import shell
from deployments.failures import Failure, FailureKind
from deployments.venvs.workbench import read_text
from packagerepos.indexes import Credential, Indexes, Transport

LOGIN = Indexes(credentials=(Credential("packages.example.com", "deploy", "password"),))


class TestRun:
    def test_shows_only_what_it_was_given(self, bench, tmp_path):
        (tmp_path / "secret").write_text("secret")
        said = bench.run(["/bin/sh", "-c", f"cat {tmp_path}/secret; id -u; touch $HOME/here"])

        assert said.tail[-1] == str(bench.uid if bench.uid is not None else os.getuid())
        assert "No such file" in said.output
        assert (bench.home / "here").exists()

    def test_names_no_path_of_the_machine(self, bench):
        lines: list[str] = []

        said = bench.run(["/bin/sh", "-c", "pwd; echo $TMPDIR"], on_line=lines.append)

        assert lines == ["(build)/home", "(build)/tmp"]
        assert said.tail == ("(build)/home", "(build)/tmp")

    def test_inherits_no_variable(self, bench, monkeypatch):
        monkeypatch.setenv("SLIPWAY_SECRET_KEYS", "key")

        assert "SLIPWAY_SECRET_KEYS" not in bench.run(["env"]).output

    def test_ends_at_its_time(self, bench):
        with pytest.raises(Failure) as caught:
            replace(bench, timeout_s=0.5).run(["sleep", "60"])

        assert caught.value.kind is FailureKind.BUILD_TIMED_OUT

    def test_stops_when_told(self, bench):
        with pytest.raises(shell.Stopped):
            bench.run(["sleep", "60"], should_stop=lambda: True)

    def test_is_cleared_of_folders_that_were_closed_to_everybody(self, bench):
        bench.run(
            ["/bin/sh", "-c", "mkdir -p closed/inside && touch closed/inside/file && chmod 0 closed/inside closed"]
        )

        bench.clear()

        assert not bench.scratch.exists()

    def test_lets_nobody_put_a_link_where_the_platform_writes(self, bench, tmp_path):
        victim = tmp_path / "victim"
        victim.mkdir()
        bench.folder("lock")

        said = bench.run(
            ["/bin/sh", "-c", f"cd {bench.scratch}; rm -rf lock tmp; ln -s {victim} lock; ln -s {victim} new"]
        )
        bench.folder("lock")
        (bench.folder("new") / "file").touch()

        assert said.returncode != 0
        assert not (bench.scratch / "lock").is_symlink()
        assert not (bench.scratch / "new").is_symlink()
        assert list(victim.iterdir()) == []

    def test_works_without_a_sandbox(self, bench):
        assert replace(bench, sandboxed=False, uid=None).run(["/bin/sh", "-c", "pwd"]).tail == ("(build)/home",)


class TestReach:
    def test_keeps_logins_of_direct_addresses_in_a_file_that_only_the_build_reads(self, bench):
        path = bench.scratch / "netrc"

        env = bench.reach(LOGIN)

        assert env == {"NETRC": str(path)}
        assert path.read_text() == "machine packages.example.com login deploy password password\n"
        assert stat.S_IMODE(path.stat().st_mode) == 0o400

    def test_gives_each_index_its_own_login(self, bench):
        indexes = Indexes().configured_by("x", main="https://a:one1@127.0.0.1:1/a", extra=["https://127.0.0.1:2/b"])

        env = bench.reach(indexes)

        assert env == {"UV_INDEX_SLIPWAY_1_USERNAME": "a", "UV_INDEX_SLIPWAY_1_PASSWORD": "one1"}

    def test_adds_certificates_to_the_public_roots(self, bench):
        env = bench.reach(Indexes().trusting("-----OURS-----"))

        bundle = Path(env["SSL_CERT_FILE"]).read_text()
        assert bundle.endswith("-----OURS-----")
        assert bundle.count("BEGIN CERTIFICATE") > 50

    def test_tells_how_indexes_are_reached(self, bench):
        proxy = "http://proxy.example:3128"
        transport = Transport(timeout_s=60, retries=0, proxy=proxy, http_proxy=proxy, no_proxy="10.0.0.1")

        env = bench.reach(Indexes(transport=transport))

        assert (env["UV_HTTP_TIMEOUT"], env["UV_HTTP_RETRIES"], env["NO_PROXY"]) == ("60", "0", "10.0.0.1")
        assert env["HTTPS_PROXY"] == env["http_proxy"] == proxy

    def test_needs_nothing_for_the_public_index(self, bench):
        assert bench.reach(Indexes()) == {}

    def test_leaves_nothing_behind(self, bench):
        bench.reach(LOGIN)

        bench.clear()

        assert not bench.scratch.exists()


class TestReadText:
    def test_follows_no_link(self, tmp_path):
        (tmp_path / "real").write_text("x")
        (tmp_path / "link").symlink_to(tmp_path / "real")

        assert read_text(tmp_path / "real") == "x"
        with pytest.raises(OSError, match="symbolic link"):
            read_text(tmp_path / "link")
