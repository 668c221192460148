"""Real commands with real deadlines."""

import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from deployments import shell

ENV = {"PATH": "/usr/bin:/bin"}


def eventually(is_true: Callable[[], object]) -> None:
    deadline = time.monotonic() + 20
    while not is_true():
        assert time.monotonic() < deadline, "never became true"
        time.sleep(0.02)


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


class TestRun:
    def test_hands_over_each_line_of_both_outputs(self) -> None:
        lines: list[str] = []

        finished = shell.run(
            ["sh", "-c", "echo one; echo two >&2; printf three; exit 3"], timeout_s=20, env=ENV, on_line=lines.append
        )

        assert lines == ["one", "two", "three"]
        assert (finished.returncode, finished.output) == (3, "one\ntwo\nthree")

    def test_inherits_nothing(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("SLIPWAY_SECRET_KEYS", "leak")

        assert shell.run(["/usr/bin/env"], timeout_s=20, env={"A": "1"}).tail == ("A=1",)

    def test_tells_the_signal_that_ended_it(self) -> None:
        assert shell.run(["sh", "-c", "kill -9 $$"], timeout_s=20, env=ENV).returncode == -signal.SIGKILL

    def test_cuts_a_line_without_end(self) -> None:
        finished = shell.run(["sh", "-c", "head -c 1000000 /dev/zero | tr '\\0' x"], timeout_s=20, env=ENV)

        assert finished.output == "x" * shell.MAX_LINE_BYTES + " … (line cut)"

    def test_kills_the_whole_family_at_its_deadline(self, tmp_path: Path) -> None:
        with pytest.raises(shell.TimedOut):
            shell.run(["sh", "-c", "sleep 999 & echo $! > child; wait"], timeout_s=0.5, env=ENV, cwd=tmp_path)

        child = int((tmp_path / "child").read_text())
        eventually(lambda: not is_alive(child))

    def test_stops_when_it_should(self) -> None:
        with pytest.raises(shell.Stopped):
            shell.run(["sleep", "999"], timeout_s=60, env=ENV, should_stop=lambda: True)

    def test_does_not_wait_for_a_daemon_that_holds_its_output(self, tmp_path: Path) -> None:
        script = "setsid sleep 999 & echo $! > child"

        assert shell.run(["sh", "-c", script], timeout_s=60, env=ENV, cwd=tmp_path).returncode == 0

        os.kill(int((tmp_path / "child").read_text()), signal.SIGKILL)

    def test_dies_with_the_process_that_called_it(self, tmp_path: Path) -> None:
        pid_file = tmp_path / "pid"
        program = (
            "from deployments import shell\n"
            f"script = 'echo $$ > {pid_file}; exec sleep 999'\n"
            "shell.run(['/bin/sh', '-c', script], timeout_s=99, env={})\n"
        )
        caller = os.spawnv(os.P_NOWAIT, sys.executable, [sys.executable, "-c", program])
        eventually(lambda: pid_file.exists() and pid_file.read_text())

        os.kill(caller, signal.SIGKILL)
        os.waitpid(caller, 0)

        eventually(lambda: not is_alive(int(pid_file.read_text())))

    def test_passes_open_files_on(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("through a descriptor")
        with (tmp_path / "file").open() as file:
            number = file.fileno()

            assert shell.run(["cat", f"/dev/fd/{number}"], timeout_s=20, env=ENV, pass_fds=[number]).tail == (
                "through a descriptor",
            )

    def test_raises_for_a_program_that_does_not_exist(self) -> None:
        with pytest.raises(FileNotFoundError):
            shell.run(["no-such-program"], timeout_s=20, env=ENV)


class TestStartDetached:
    def test_leaves_the_session_of_its_caller(self, tmp_path: Path) -> None:
        script = "echo $$ $A; pwd; exec sleep 999"

        shell.start_detached(["sh", "-c", script], env=ENV | {"A": "1"}, cwd=tmp_path, log=tmp_path / "log")

        eventually(lambda: (tmp_path / "log").read_text().count("\n") == 2)
        (pid, given), (cwd,) = map(str.split, (tmp_path / "log").read_text().splitlines())
        assert (given, cwd) == ("1", str(tmp_path))
        assert os.getsid(int(pid)) == int(pid) != os.getsid(0)
        os.kill(int(pid), signal.SIGKILL)


class TestFinished:
    @pytest.mark.parametrize(
        ("script", "was_killed"),
        [
            ("kill -KILL $$", True),
            ("sh -c 'kill -KILL $$'; exit $?", True),
            ("kill -TERM $$", False),
            ("exit 1", False),
        ],
    )
    def test_tells_whether_it_was_killed(self, script: str, was_killed: bool) -> None:
        finished = shell.run(["/bin/sh", "-c", script], timeout_s=10, env={"PATH": "/usr/bin:/bin"})

        assert finished.was_killed is was_killed
