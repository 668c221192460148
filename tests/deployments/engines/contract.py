"""What every engine must do, with real programs. An engine's test class inherits ``EngineContract``."""

import json
import os
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

import pytest

from deployments.engines.base import Condition, Engine, InstanceSpec, PrivateFile, Status
from deployments.logs.segments import read
from deployments.sandbox import Limits

T = TypeVar("T")
APP_UID = 70123
#: Far above what anything here takes; only a failing test waits so long.
PATIENCE_S = 20.0

#: Serves what it sees of its own world as JSON, and does as it is asked on its standard input of URLs.
PROBE = """\
import http.server, json, os, pathlib, signal, sys
def writable(path):
    try:
        pathlib.Path(path, "probe").write_text("x")
        return True
    except OSError:
        return False
HERE = os.path.dirname(os.path.abspath(__file__))
FOLDERS = [HERE, *map(os.environ.get, ("VIRTUAL_ENV", "HOME", "TMPDIR"))]
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        told = {
            "env": dict(os.environ), "argv": sys.argv, "uid": os.getuid(), "cwd": os.getcwd(),
            "writable": [path for path in FOLDERS if writable(path)],
            "pids": sorted(int(name) for name in os.listdir("/proc") if name.isdigit()),
            "init_environ": readable("/proc/1/environ"),
            "siblings": siblings(),
            "fds": sorted(os.listdir("/proc/self/fd")),
            "nofile": __import__("resource").getrlimit(__import__("resource").RLIMIT_NOFILE)[0],
        }
        body = json.dumps(told).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *args):
        pass
def readable(path):
    try:
        return pathlib.Path(path).read_bytes().decode(errors="replace")
    except OSError as error:
        return type(error).__name__
def siblings():
    try:
        return os.listdir(os.path.dirname(os.path.dirname(os.environ["HOME"])))
    except OSError as error:
        return type(error).__name__
http.server.HTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
"""


def eventually(look: Callable[[], T], accept: Callable[[T], object]) -> T:
    """What ``look`` returns once ``accept`` holds."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        seen = look()
        if accept(seen):
            return seen
        assert time.monotonic() < deadline, f"never became true; last seen: {str(seen)[-2000:]}"
        time.sleep(0.03)


@dataclass
class World:
    """One engine with a logger, and a place for sources."""

    engine: Engine
    root: Path
    environment: Path
    readonly: tuple[Path, ...]

    def spec(self, name: str, program: str, *arguments: str, **changes: object) -> InstanceSpec:
        """An instance that runs ``program``, Python source, as app.py."""
        source = self.root / f"source-{name}"
        source.mkdir(exist_ok=True)
        (source / "app.py").write_text(program)
        spec = InstanceSpec(
            instance_id=name,
            argv=("python", "-u", "app.py", *arguments),
            source=source,
            environment=self.environment,
            readonly=self.readonly,
            uid=APP_UID,
            log_dir=self.root / "logs" / name,
        )
        return replace(spec, **changes)

    def status(self, name: str) -> Status:
        return self.engine.poll([name])[name]

    def wait(self, name: str, accept: Callable[[Status], object]) -> Status:
        return eventually(lambda: self.status(name), accept)

    def texts(self, name: str) -> list[str]:
        return [line.text for line in read(self.root / "logs" / name, None, 100_000).lines]

    def wait_for_line(self, name: str, text: str) -> list[str]:
        return eventually(lambda: self.texts(name), lambda texts: any(text in line for line in texts))

    def ask(self, endpoint: str) -> Mapping[str, object]:
        """What PROBE tells at ``endpoint``."""
        from http.client import HTTPConnection

        def get() -> Mapping[str, object] | None:
            connection = HTTPConnection(endpoint, timeout=5)
            try:
                connection.request("GET", "/")
                answer: Mapping[str, object] = json.loads(connection.getresponse().read())
            except OSError:
                return None
            finally:
                connection.close()
            return answer

        answer = eventually(get, lambda answer: answer is not None)
        assert answer is not None
        return answer


def processes_holding(text: str) -> list[int]:
    """The processes of this machine with ``text`` in their command line."""
    found = []
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            command = Path("/proc", name, "cmdline").read_bytes()
        except OSError:
            continue
        if text.encode() in command and int(name) != os.getpid():
            found.append(int(name))
    return found


class EngineContract:
    @pytest.fixture
    def world(self) -> Iterator[World]:
        """Overridden by each engine."""
        raise NotImplementedError

    def test_starts_a_program_that_answers_at_its_endpoint(self, world: World) -> None:
        endpoint = world.engine.start(world.spec("a", PROBE))

        assert world.ask(endpoint)["cwd"] == str(world.root / "source-a")
        status = world.status("a")
        assert (status.condition, status.starts, status.exit_code) == (Condition.RUNNING, 1, None)
        assert abs(status.started_at - time.time()) < 60
        assert list(world.engine.instances()) == ["a"]

    def test_starts_only_once(self, world: World) -> None:
        spec = world.spec("a", PROBE)

        endpoints = {world.engine.start(spec) for _ in range(3)}

        assert len(endpoints) == 1
        world.ask(endpoints.pop())
        assert world.status("a").starts == 1

    def test_knows_nothing_of_what_was_never_started(self, world: World) -> None:
        world.engine.stop("nobody", 1)
        world.engine.discard("nobody")

        assert world.status("nobody") == Status(Condition.ABSENT)
        assert list(world.engine.instances()) == []

    @pytest.mark.parametrize("instance_id", ["", "..", "a/b", "a b", "a\nb", "-a", ".a", "x" * 64])
    def test_refuses_an_id_that_leads_elsewhere(self, world: World, instance_id: str) -> None:
        with pytest.raises(ValueError, match="not an instance id"):
            world.engine.start(world.spec("a", "", instance_id=instance_id))

    def test_gives_two_instances_two_endpoints(self, world: World) -> None:
        first, second = (world.engine.start(world.spec(name, PROBE)) for name in ("a", "b"))

        assert first != second
        assert {world.ask(first)["cwd"], world.ask(second)["cwd"]} == {
            str(world.root / "source-a"),
            str(world.root / "source-b"),
        }

    def test_fills_in_the_port_without_a_shell(self, world: World) -> None:
        spec = world.spec("a", PROBE, "$PORT", "x${DATABRICKS_APP_PORT}y", "$PORTAL", "$HOME;id")

        endpoint = world.engine.start(replace(spec, env={"ADDRESS": "0.0.0.0:$PORT"}))

        port = endpoint.partition(":")[2]
        told = world.ask(endpoint)
        assert told["argv"] == ["app.py", port, f"x{port}y", "$PORTAL", "$HOME;id"]
        assert told["env"]["ADDRESS"] == f"0.0.0.0:{port}"
        assert told["env"]["PORT"] == told["env"]["DATABRICKS_APP_PORT"] == port

    def test_gives_the_program_its_variables_and_nothing_of_the_platform(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("SLIPWAY_SECRET_KEYS", "leak")
        nasty = {"MULTI": "one\ntwo'\"$(id)`id`\\", "UNICODE": "grüße", "EMPTY": "", "PERCENT": "100%;#"}

        told = world.ask(world.engine.start(world.spec("a", PROBE, env=nasty, secrets={"TOKEN": "s3cr3t $PORT"})))

        base = {"PATH", "VIRTUAL_ENV", "HOME", "TMPDIR", "LANG", "PORT", "DATABRICKS_APP_PORT", "PWD"}
        base |= {"SLIPWAY_APP_HOME"}
        assert told["env"].items() >= nasty.items()
        assert told["env"]["TOKEN"] == "s3cr3t $PORT"
        assert told["env"].keys() - base == nasty.keys() | {"TOKEN"}
        assert told["env"]["PATH"].split(":")[0] == f"{world.environment}/bin"
        assert told["env"]["SLIPWAY_APP_HOME"] == told["env"]["HOME"]
        assert told["fds"] in (["0", "1", "2", "3", "4"], ["0", "1", "2", "3", "4", "5"])

    def test_refuses_a_variable_that_would_become_a_command(self, world: World) -> None:
        with pytest.raises(ValueError, match="cannot be the name"):
            world.engine.start(world.spec("a", PROBE, env={"A;touch /tmp/x": "1"}))

    def test_lets_it_write_only_to_its_home_and_tmp(self, world: World) -> None:
        told = world.ask(world.engine.start(world.spec("a", PROBE)))

        assert told["writable"] == [told["env"]["HOME"], told["env"]["TMPDIR"]]

    def test_holds_the_limits(self, world: World) -> None:
        told = world.ask(world.engine.start(world.spec("a", PROBE, limits=Limits(open_files=77))))

        assert told["nofile"] == 77

    def test_keeps_secrets_out_of_command_lines_and_files(self, world: World) -> None:
        world.ask(world.engine.start(world.spec("a", PROBE, secrets={"TOKEN": "hunter2-hunter2"})))

        assert processes_holding("hunter2-hunter2") == []
        files = [path for path in world.root.rglob("*") if path.is_file()]
        assert files
        assert not [path for path in files if b"hunter2-hunter2" in path.read_bytes()]

    def test_masks_secrets_in_the_log(self, world: World) -> None:
        program = (
            "import os, base64, time\n"
            "print('raw', os.environ['TOKEN'])\n"
            "print('basic', base64.b64encode(b'me:' + os.environ['TOKEN'].encode()).decode())\n"
            "print('end'); time.sleep(99)\n"
        )

        world.engine.start(world.spec("a", program, secrets={"TOKEN": "hunter2/hunter2"}))

        texts = world.wait_for_line("a", "end")
        assert texts[0] == "raw ***"
        assert texts[1].startswith("basic bWU6***")

    def test_gives_private_files_that_can_only_be_read(self, world: World) -> None:
        """Wherever they are put, a program that follows variables and what the files say finds them."""
        program = (
            "import os, pathlib, time\n"
            "settings = pathlib.Path(os.environ.get('TOOL_CONFIG', '/etc/tool/settings'))\n"
            "text = settings.read_text()\n"
            "other = pathlib.Path(text.split()[-1])\n"
            "print(text.split()[0], other.read_text(), str(other) == os.environ['OTHER'])\n"
            "for path in (settings, other):\n"
            "    try: path.open('a').close(); print('writable', path)\n"
            "    except OSError: print('read-only')\n"
            "print(sorted(os.listdir('/proc/self/fd')))\n"
            "print('end'); time.sleep(99)\n"
        )
        files = (
            PrivateFile("/etc/tool/settings", "grüße see /etc/tool/inner/other", variable="TOOL_CONFIG"),
            PrivateFile("/etc/tool/inner/other", "of the other"),
        )

        spec = world.spec("a", program, files=files, env={"OTHER": "/etc/tool/inner/other"})
        world.engine.start(spec)

        texts = world.wait_for_line("a", "end")
        assert texts[:3] == ["grüße of the other True", "read-only", "read-only"]
        assert texts[3] in ("['0', '1', '2', '3']", "['0', '1', '2', '3', '4']")

    def test_gives_private_files_again_after_a_crash(self, world: World) -> None:
        program = (
            "import os, pathlib, sys, time\n"
            "print(pathlib.Path(os.environ.get('TOOL_CONFIG', '/etc/tool/settings')).read_text())\n"
            "flag = pathlib.Path.home() / 'flag'\n"
            "if not flag.exists(): flag.touch(); sys.exit(3)\n"
            "time.sleep(99)\n"
        )

        world.engine.start(world.spec("a", program, files=(PrivateFile("/etc/tool/settings", "told", "TOOL_CONFIG"),)))

        eventually(lambda: world.texts("a"), lambda texts: texts.count("told") == 2)

    def test_leaves_a_variable_to_the_program_that_sets_it(self, world: World) -> None:
        spec = world.spec("a", PROBE, files=(PrivateFile("/etc/tool/settings", "x", "TOOL_CONFIG"),))

        told = world.ask(world.engine.start(replace(spec, env={"TOOL_CONFIG": "/my/own"})))

        assert told["env"]["TOOL_CONFIG"] == "/my/own"

    def test_keeps_private_files_out_of_command_lines(self, world: World) -> None:
        file = PrivateFile("/etc/tool/settings", "https://me:hunter2-hunter2@host/", "TOOL_CONFIG")

        world.ask(world.engine.start(world.spec("a", PROBE, files=(file,), hidden=frozenset({"hunter2-hunter2"}))))

        assert processes_holding("hunter2-hunter2") == []

    def test_leaves_no_private_file_of_what_was_discarded(self, world: World) -> None:
        file = PrivateFile("/etc/tool/settings", "https://me:hunter2-hunter2@host/", "TOOL_CONFIG")
        world.ask(world.engine.start(world.spec("a", PROBE, files=(file,))))

        world.engine.discard("a")

        assert not [path for path in world.root.rglob("*") if path.is_file() and b"hunter2" in path.read_bytes()]

    def test_masks_in_the_log_what_it_was_told_to_hide(self, world: World) -> None:
        program = (
            "import base64, time, urllib.parse\n"
            "password = 'p' + 'ass/' + 'word'\n"
            "print('raw', password, urllib.parse.quote(password, safe=''))\n"
            "print('basic', base64.b64encode(b'me:' + password.encode()).decode())\n"
            "print('end'); time.sleep(99)\n"
        )

        world.engine.start(world.spec("a", program, hidden=frozenset({"pass/word"})))

        texts = world.wait_for_line("a", "end")
        assert texts[0] == "raw *** ***"
        assert texts[1].startswith("basic bWU6***")

    def test_finds_programs_of_the_platform_after_the_environments(self, world: World) -> None:
        tools = world.root / "tools"
        tools.mkdir(exist_ok=True)
        for folder, name in ((tools, "own"), (tools, "both"), (world.environment / "bin", "both")):
            (folder / name).write_text(f"#!/bin/sh\necho {folder.name} $*\n")
            (folder / name).chmod(0o755)
        program = "import subprocess, time\nfor name in ('own', 'both'): subprocess.run([name, 'ran'])\ntime.sleep(99)"

        spec = world.spec("a", program, programs=(Path(".mine/bin"), tools), readonly=(*world.readonly, tools))
        world.engine.start(spec)

        assert world.wait_for_line("a", "bin ran") == ["tools ran", "bin ran"]
        told = world.ask(world.engine.start(world.spec("b", PROBE, programs=(Path(".mine/bin"),))))
        assert told["env"]["PATH"].split(":")[:2] == [f"{world.environment}/bin", f"{told['env']['HOME']}/.mine/bin"]

    def test_keeps_standard_output_and_error_in_their_order(self, world: World) -> None:
        program = (
            "import sys, time\nfor i in range(50): print(i, file=(sys.stdout, sys.stderr)[i % 2])\ntime.sleep(99)\n"
        )

        world.engine.start(world.spec("a", program))

        assert world.wait_for_line("a", "49") == [str(number) for number in range(50)]

    def test_keeps_the_last_words_of_a_program_that_dies_at_once(self, world: World) -> None:
        world.engine.start(world.spec("a", "import sklearn_of_nobody"))

        assert any("ModuleNotFoundError" in text for text in world.wait_for_line("a", "ModuleNotFoundError"))

    def test_says_that_a_command_was_not_found(self, world: World) -> None:
        world.engine.start(world.spec("a", "", argv=("no-such-command", "--now")))

        world.wait_for_line("a", "The command 'no-such-command' was not found")
        assert world.wait("a", lambda status: status.exit_code is not None).exit_code == 127

    def test_starts_again_what_crashed(self, world: World) -> None:
        program = (
            "import pathlib, sys, time\n"
            "flag = pathlib.Path.home() / 'flag'\n"
            "if not flag.exists(): flag.touch(); sys.exit(3)\n"
            "time.sleep(99)\n"
        )

        world.engine.start(world.spec("a", program))

        status = world.wait("a", lambda status: status.starts == 2)
        assert status.exit_code == 3
        world.wait("a", lambda status: status.condition is Condition.RUNNING)
        world.wait_for_line("a", "Start 2: the previous run ended with exit code 3.")

    def test_tells_the_signal_that_ended_it(self, world: World) -> None:
        world.engine.start(world.spec("a", "import os\nos.kill(os.getpid(), 9)"))

        assert world.wait("a", lambda status: status.exit_code is not None).exit_code == -9

    def test_lets_the_program_drain(self, world: World) -> None:
        program = (
            "import signal, sys, time\n"
            "def drain(*_):\n    time.sleep(0.3); print('drained'); sys.exit(0)\n"
            "signal.signal(signal.SIGTERM, drain)\nprint('ready')\nwhile True: time.sleep(9)\n"
        )
        world.engine.start(world.spec("a", program))
        world.wait_for_line("a", "ready")

        world.engine.stop("a", 15)

        assert world.wait("a", lambda status: status.condition is Condition.ABSENT).exit_code == 0
        world.wait_for_line("a", "drained")
        assert world.status("a").starts == 1

    def test_kills_after_the_grace_what_will_not_end(self, world: World) -> None:
        program = "import signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nprint('ready')\ntime.sleep(999)"
        world.engine.start(world.spec("a", program))
        world.wait_for_line("a", "ready")

        world.engine.stop("a", 1.5)
        world.engine.stop("a", 1000)

        assert world.status("a").condition is Condition.STOPPING
        assert world.wait("a", lambda status: status.condition is Condition.ABSENT).exit_code == -9

    def test_stops_what_crashes_again_and_again(self, world: World) -> None:
        world.engine.start(world.spec("a", "raise SystemExit(5)"))
        world.wait("a", lambda status: status.starts >= 2)

        world.engine.stop("a", 1)

        world.wait("a", lambda status: status.condition is Condition.ABSENT)
        starts = world.status("a").starts
        time.sleep(2.5)
        assert world.status("a").starts == starts

    def test_starts_again_what_was_stopped(self, world: World) -> None:
        spec = world.spec("a", PROBE)
        endpoint = world.engine.start(spec)
        world.ask(endpoint)
        world.engine.stop("a", 5)
        world.wait("a", lambda status: status.condition is Condition.ABSENT)

        assert world.engine.start(spec) == endpoint

        world.ask(endpoint)
        assert world.status("a").starts == 2

    def test_leaves_no_process_behind(self, world: World) -> None:
        program = (
            "import subprocess, sys, time\n"
            "child = 'import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(1); time.sleep(999)'\n"
            "subprocess.Popen([sys.executable, '-uc', child, 'grandchild-of-a'], start_new_session=True)\n"
            "time.sleep(999)\n"
        )
        world.engine.start(world.spec("a", program))
        world.wait_for_line("a", "1")
        assert processes_holding("grandchild-of-a")

        world.engine.discard("a")

        eventually(lambda: processes_holding("grandchild-of-a"), lambda found: not found)

    def test_forgets_what_was_discarded_but_not_its_log(self, world: World) -> None:
        program = (
            "import pathlib, time\n"
            "box = pathlib.Path.home() / 'box'\n"
            "box.mkdir(); (box / 'file').touch(); box.chmod(0o500)\n"
            "print('ready'); time.sleep(99)\n"
        )
        world.engine.start(world.spec("a", program))
        world.wait_for_line("a", "ready")

        world.engine.discard("a")
        world.engine.discard("a")

        assert list(world.engine.instances()) == []
        assert world.status("a") == Status(Condition.ABSENT)
        assert "ready" in world.texts("a")

    def test_drops_what_floods_the_log_and_says_how_much(self, world: World) -> None:
        program = "import sys, time\nfor _ in range(200): sys.stdout.write('xyz\\n' * 20000)\ntime.sleep(99)"
        world.engine.start(world.spec("a", program))
        world.engine.start(world.spec("b", "import time\nprint('heard'); time.sleep(99)"))

        world.wait_for_line("b", "heard")
        world.wait_for_line("a", "were dropped here")

    def test_tells_what_an_instance_uses_with_all_its_processes(self, world: World) -> None:
        """Not what another uses, nor what is only read from files."""
        program = (
            "import subprocess, sys, time\n"
            "work = 'held = bytearray(60_000_000); held[::4096] = held[::4096].replace(bytes(1), b\"x\")\\n'\n"
            "work += 'import time; end = time.process_time() + 0.3\\nwhile time.process_time() < end: pass\\n'\n"
            "subprocess.Popen([sys.executable, '-c', work + 'time.sleep(99)']); time.sleep(99)\n"
        )
        world.engine.start(world.spec("a", program))
        world.engine.start(world.spec("b", "import time; time.sleep(99)"))

        used = eventually(
            lambda: world.engine.usage(["a", "b", "nobody"]),
            lambda used: "a" in used and used["a"].memory_bytes > 60_000_000 and used["a"].cpu_s > 0.3,
        )

        assert used.keys() == {"a", "b"}
        assert used["a"].memory_bytes < 100_000_000
        assert 0 < used["b"].memory_bytes < 30_000_000
        world.engine.stop("a", 0)
        eventually(lambda: world.engine.usage(["a"]), lambda used: not used)
