"""The local engine with the real supervisord, bubblewrap and logger."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from deployments.engines.base import Condition
from deployments.engines.local import processes
from deployments.engines.local.engine import LocalEngine
from deployments.engines.local.settings import LocalSettings
from tests.deployments.engines.contract import APP_UID, PROBE, EngineContract, World, eventually, processes_holding
from workspaces.encryption import generate_key

IS_ROOT = os.geteuid() == 0
PROJECT = Path(__file__).parents[3]


class Machine:
    """A folder for one engine's files, its logger process, and the end of both."""

    def __init__(self, sandboxed: bool) -> None:
        # Short, because sockets live in it.
        self.root = Path(tempfile.mkdtemp(prefix="slipway-", dir="/tmp"))
        self.root.chmod(0o755)
        self.settings = LocalSettings(
            instances=self.root / "instances",
            run=self.root / "run",
            key_file=self.root / "key",
            ports=range(23000, 23100),
            sandboxed=sandboxed,
        )
        self.settings.key_file.write_text(generate_key())
        self.settings.key_file.chmod(0o600)
        self.engine = LocalEngine(self.settings)
        self.logger = self.start_logger()

    def start_logger(self) -> subprocess.Popen[bytes]:
        places = ["--instances", self.settings.instances, "--run", self.settings.run, "--keys", self.settings.key_file]
        return subprocess.Popen([sys.executable, "-m", "deployments.engines.local.logger", *places], cwd=PROJECT)

    @contextmanager
    def world(self) -> Iterator[World]:
        """A fresh place for one test; supervisord and logger stay."""
        place = Path(tempfile.mkdtemp(dir=self.root))
        place.chmod(0o755)
        environment = place / "environment"
        (environment / "bin").mkdir(parents=True)
        python = sys.executable if self.settings.sandboxed else python_for_everybody()
        (environment / "bin" / "python").symlink_to(python)
        yield World(self.engine, place, environment, (Path(sys.base_prefix), Path(sys.prefix)))
        for instance_id in self.engine.instances():
            self.engine.discard(instance_id)

    def supervisor_pid(self) -> int:
        return int((self.settings.instances / "engine.pid").read_text())

    def close(self) -> None:
        self.engine.shutdown()
        self.logger.kill()
        self.logger.wait()
        shutil.rmtree(self.root)


def python_for_everybody() -> str:
    """An interpreter that another user can start: without a sandbox, nothing leads through a closed home folder."""
    candidates = [Path(sys.executable).resolve(), Path("/usr/bin/python3"), Path("/usr/local/bin/python3")]
    for python in candidates:
        if not IS_ROOT or all(folder.stat().st_mode & 0o001 for folder in python.parents if python.exists()):
            return str(python)
    pytest.skip("Every Python of this machine lies in a folder that is closed to other users.")


def machine_of(**changes: bool) -> Iterator[Machine]:
    machine = Machine(**changes)
    try:
        yield machine
    finally:
        machine.close()


class Sandboxed:
    """Gives ``world``; one supervisord and one logger serve the whole class."""

    @pytest.fixture(scope="class")
    @classmethod
    def machine(cls) -> Iterator[Machine]:
        yield from machine_of(sandboxed=True)

    @pytest.fixture
    def world(self, machine: Machine) -> Iterator[World]:
        with machine.world() as world:
            yield world


class Bare:
    """The same, without bubblewrap."""

    @pytest.fixture(scope="class")
    @classmethod
    def machine(cls) -> Iterator[Machine]:
        yield from machine_of(sandboxed=False)

    @pytest.fixture
    def world(self, machine: Machine) -> Iterator[World]:
        with machine.world() as world:
            yield world


class TestSandboxed(Sandboxed, EngineContract):
    def test_becomes_its_own_user(self, world: World) -> None:
        told = world.ask(world.engine.start(world.spec("a", PROBE)))

        assert told["uid"] == (APP_UID if IS_ROOT else os.getuid())

    def test_sees_no_other_process_and_no_other_instance(self, world: World) -> None:
        world.engine.start(world.spec("b", "import time; time.sleep(99)"))

        told = world.ask(world.engine.start(world.spec("a", PROBE, secrets={"TOKEN": "s3cr3t-s3cr3t"})))

        assert told["siblings"] == ["a"] or told["siblings"] == ["home"]
        assert len(told["pids"]) <= 3
        assert "s3cr3t" not in told["init_environ"]

    def test_runs_nothing_of_the_tenant_before_it_gave_up_root(self, world: World) -> None:
        for name in ("env", "setpriv", "sh"):
            fake = world.environment / "bin" / name
            fake.write_text("#!/bin/sh\necho taken over as $(/usr/bin/id -u)\n")
            fake.chmod(0o755)

        told = world.ask(world.engine.start(world.spec("a", PROBE, env={"LD_PRELOAD": "/nonexistent.so"})))

        assert told["uid"] != 0 or not IS_ROOT
        assert not [text for text in world.texts("a") if "taken over" in text]


class TestBare(Bare, EngineContract):
    """Where the operator allowed to run without bubblewrap."""

    def test_lets_it_write_only_to_its_home_and_tmp(self, world: World) -> None:
        told = world.ask(world.engine.start(world.spec("a", PROBE)))

        own = [told["env"]["HOME"], told["env"]["TMPDIR"]]
        # From the folders of the same ordinary user only a sandbox could keep it.
        assert told["writable"] == own if IS_ROOT else set(told["writable"]) >= set(own)

    def test_becomes_its_own_user(self, world: World) -> None:
        told = world.ask(world.engine.start(world.spec("a", PROBE)))

        assert told["uid"] == (APP_UID if IS_ROOT else os.getuid())


@pytest.mark.parametrize("sandboxed", [True, False], ids=["sandboxed", "bare"])
class TestSupervisor:
    """What happens to the instances when the processes that keep them die."""

    @pytest.fixture
    def machine(self, sandboxed: bool) -> Iterator[Machine]:
        yield from machine_of(sandboxed=sandboxed)

    @pytest.fixture
    def world(self, machine: Machine) -> Iterator[World]:
        with machine.world() as world:
            yield world

    def test_takes_its_instances_along_and_comes_back(self, machine: Machine, world: World) -> None:
        spec = world.spec("a", PROBE, "mark-of-a")
        endpoint = world.engine.start(spec)
        world.ask(endpoint)

        os.kill(machine.supervisor_pid(), signal.SIGKILL)

        eventually(lambda: processes_holding("mark-of-a"), lambda found: not found)
        assert world.status("a").condition is Condition.ABSENT
        assert world.engine.start(spec) == endpoint
        world.ask(endpoint)
        status = world.status("a")
        assert (status.starts, status.exit_code, status.was_lost) == (2, -9, True)

    def test_is_not_kept_down_by_one_bad_file(self, machine: Machine, world: World) -> None:
        endpoint = world.engine.start(world.spec("a", PROBE))
        (machine.settings.instances / "a" / "program.conf").write_text("[program:a]\ncommand=echo 100%\n")

        world.ask(world.engine.start(world.spec("b", PROBE)))

        assert world.status("a").starts == 1
        world.ask(endpoint)

    def test_lives_on_without_the_logger_and_loses_no_line(self, machine: Machine, world: World) -> None:
        program = (
            "import pathlib, time\n"
            "home = pathlib.Path.home()\n"
            "while not (home / 'go').exists(): time.sleep(0.05)\n"
            "for number in range(500): print('line', number)\n"
            "(home / 'done').touch(); time.sleep(99)\n"
        )
        world.engine.start(world.spec("a", program))
        home = machine.settings.instances / "a" / "home"
        world.wait("a", lambda status: status.condition is Condition.RUNNING)
        machine.logger.kill()
        machine.logger.wait()

        (home / "go").touch()
        eventually((home / "done").exists, bool)
        machine.logger = machine.start_logger()

        assert world.wait_for_line("a", "line 499") == [f"line {number}" for number in range(500)]

    def test_tells_the_user_when_its_secrets_do_not_open(self, machine: Machine, world: World) -> None:
        program = (
            "import pathlib, time\n"
            "while not pathlib.Path.home().joinpath('go').exists(): time.sleep(0.05)\n"
            "pathlib.Path.home().joinpath('go').unlink(); raise SystemExit(1)\n"
        )
        world.engine.start(world.spec("a", program, secrets={"TOKEN": "hunter2-hunter2"}))
        home = machine.settings.instances / "a" / "home"
        world.wait("a", lambda status: status.starts == 1)

        machine.settings.key_file.write_text(generate_key())
        (home / "go").touch()

        texts = world.wait_for_line("a", "Slipway could not start this program")
        assert not [text for text in texts if str(machine.root) in text or "Traceback" in text]
        assert world.wait("a", lambda status: status.starts == 2).exit_code in (1, 70)

    def test_ends_with_all_its_instances_and_can_be_ended_twice(self, machine: Machine, world: World) -> None:
        world.ask(world.engine.start(world.spec("a", PROBE, "mark-of-a")))

        machine.engine.shutdown()
        machine.engine.shutdown()

        assert not processes_holding("mark-of-a")
        eventually(lambda: processes_holding(f"{machine.settings.instances}/supervisord.conf"), lambda found: not found)


class TestLocalSettings:
    def test_refuses_a_run_folder_too_deep_for_sockets(self, tmp_path: Path) -> None:
        with pytest.raises(ValueError, match="longer than 80 characters"):
            LocalSettings(instances=tmp_path, run=tmp_path / ("x" * 80), key_file=tmp_path / "key")


class TestProcesses:
    def test_reads_a_process_that_is_named_to_mislead(self) -> None:
        fields = " ".join(["S", "41", *["0"] * 9, "10", "20", "3", "4", *["0"] * 20])

        assert processes.parse(f"77 (a) S 1 (b)) {fields}".encode()) == processes.Process(41, 37)
