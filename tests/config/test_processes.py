import configparser
import os
from pathlib import Path

from config import processes
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


class TestStalePid:
    def test_of_a_process_that_is_no_postgres_is_forgotten(self, tmp_path: Path) -> None:
        server = processes.Postgres(tmp_path / "data", tmp_path / "sockets")
        server.data.mkdir()
        (server.data / "slipway-ready").touch()
        pid_file = server.data / "postmaster.pid"
        pid_file.write_text(f"{os.getpid()}\n")

        server.create()

        assert not pid_file.exists()


def parse(text: str) -> configparser.RawConfigParser:
    parser = configparser.RawConfigParser()
    parser.read_string(text)
    return parser
