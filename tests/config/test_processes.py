import configparser
import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from config import postgres, processes
from config.processes import Process


class TestSupervisordText:
    def test_starts_nothing_by_itself_and_gives_up_nothing(self) -> None:
        text = processes.supervisord_text(
            [Process("web", ("web", "--port", "1"))], socket=Path("/s"), folder=Path("/f")
        )

        program = parse(text)["program:web"]
        assert (program["autostart"], program["autorestart"]) == ("false", "true")
        assert int(program["startretries"]) > 1000
        assert program["command"].endswith("-- web --port 1")

    def test_doubles_percent_signs(self) -> None:
        text = processes.supervisord_text([Process("web", ("100%",))], socket=Path("/s"), folder=Path("/a%b"))

        assert "100%%" in text
        assert "/a%%b/web.log" in text

    def test_ends_with_its_supervisord(self) -> None:
        text = processes.supervisord_text([Process("pg", ("pg",), "INT", 20)], socket=Path("/s"), folder=Path("/f"))

        assert "setpriv --pdeathsig INT -- pg" in parse(text)["program:pg"]["command"]
        assert parse(text)["program:pg"]["stopsignal"] == "INT"

    def test_ends_with_it_otherwise_than_it_is_stopped_where_it_says_so(self) -> None:
        web = Process("web", ("web",), orphaned_signal="KILL")

        program = parse(processes.supervisord_text([web], socket=Path("/s"), folder=Path("/f")))["program:web"]

        assert "setpriv --pdeathsig KILL -- web" in program["command"]
        assert program["stopsignal"] == "TERM"


class TestStalePid:
    def test_of_a_process_that_is_no_postgres_is_forgotten(self, tmp_path: Path) -> None:
        server = processes.Postgres(tmp_path / "data", tmp_path / "sockets")
        server.data.mkdir()
        (server.data / "slipway-ready").touch()
        pid_file = server.data / "postmaster.pid"
        pid_file.write_text(f"{os.getpid()}\n")

        server.create()

        assert not pid_file.exists()

    def test_of_a_server_of_another_folder_is_forgotten(self, tmp_path: Path) -> None:
        server = processes.Postgres(tmp_path / "data", tmp_path / "sockets")
        server.data.mkdir()
        (server.data / "slipway-ready").touch()
        pid_file = server.data / "postmaster.pid"

        with running_in(tmp_path, "postgres") as pid:
            pid_file.write_text(f"{pid}\n")
            server.create()

        assert not pid_file.exists()

    def test_of_an_earlier_server_of_this_folder_is_waited_for(self, tmp_path: Path) -> None:
        server = processes.Postgres(tmp_path / "data", tmp_path / "sockets")
        server.data.mkdir()
        (server.data / "slipway-ready").touch()
        began_at = time.monotonic()

        with running_in(server.data, "postgres", for_s=0.5) as pid:
            (server.data / "postmaster.pid").write_text(f"{pid}\n")
            server.create()

        assert time.monotonic() - began_at > 0.4

    def test_of_one_that_does_not_end_is_told(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(postgres, "END_S", 0.1)
        server = processes.Postgres(tmp_path / "data", tmp_path / "sockets")
        server.data.mkdir()
        (server.data / "slipway-ready").touch()

        with running_in(server.data, "postgres") as pid:
            (server.data / "postmaster.pid").write_text(f"{pid}\n")
            with pytest.raises(postgres.PostgresUnavailable, match=f"kill -INT {pid}"):
                server.create()

        assert (server.data / "postmaster.pid").exists()


@contextmanager
def running_in(folder: Path, name: str, *, for_s: float = 60) -> Iterator[int]:
    """A process that calls itself ``name`` and works in ``folder``."""
    process = subprocess.Popen([name, str(for_s)], executable="/bin/sleep", cwd=folder)
    try:
        yield process.pid
    finally:
        process.kill()
        process.wait()


def parse(text: str) -> configparser.RawConfigParser:
    parser = configparser.RawConfigParser()
    parser.read_string(text)
    return parser
