"""The sandbox as its program sees it. As root, the program is another user; as an ordinary user, the same."""

import json
import os
import shutil
import stat
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from deployments import sandbox, shell
from deployments.engines.local.env_script import env_script
from deployments.sandbox import Limits, Sandbox

UID = 70124 if os.geteuid() == 0 else None
INTERPRETER = Path(sys.base_prefix)
PYTHON = str(Path(sys.executable).resolve())


@pytest.fixture
def place() -> Iterator[Path]:
    """Beside other things that the program must not see; in a folder others may pass through."""
    root = Path(tempfile.mkdtemp(prefix="slipway-", dir="/tmp"))
    root.chmod(0o711)
    (root / "other").mkdir()
    (root / "other" / "secret").write_text("of another")
    (root / "home").mkdir()
    (root / "source").mkdir()
    (root / "source" / "file").write_text("readable")
    if UID is not None:
        os.chown(root / "home", UID, UID)
    yield root
    shutil.rmtree(root)


@pytest.fixture
def box(place: Path) -> Sandbox:
    sandbox.write_identity(place / "identity", uid=UID or os.getuid(), home=place / "home")
    return Sandbox(
        home=place / "home",
        uid=UID,
        readonly=(place / "source", INTERPRETER),
        cwd=place / "source",
        identity=place / "identity",
    )


def run(box: Sandbox, *argv: str, env: Mapping[str, str] = sandbox.BARE_ENV) -> Sequence[str]:
    finished = shell.run(sandbox.command(box, argv), timeout_s=30, env=env)
    assert finished.returncode == 0, finished.output
    return finished.tail


def python(box: Sandbox, program: str) -> Sequence[str]:
    return run(box, PYTHON, "-c", program)


class TestCommand:
    def test_shows_only_what_was_given(self, box: Sandbox, place: Path) -> None:
        assert sorted(run(box, "ls", str(place))) == ["home", "source"]
        assert run(box, "cat", "file") == ("readable",)
        assert not {"root", "home", "var", "srv", "work"} & set(run(box, "ls", "/")) - {INTERPRETER.parts[1], "tmp"}

    def test_lets_it_write_at_home_and_in_tmp_only(self, box: Sandbox) -> None:
        program = (
            "import os, pathlib\n"
            "for folder in ('.', os.path.dirname(os.__file__), '/usr', '/etc', '/', '/tmp', '/dev/shm', %r):\n"
            "    try: pathlib.Path(folder, 'probe').write_text(''); print(folder)\n"
            "    except OSError: pass\n"
        )

        assert python(box, program % str(box.home)) == ("/tmp", "/dev/shm", str(box.home))

    def test_gives_a_writable_folder_inside_a_read_only_one(self, box: Sandbox, place: Path) -> None:
        inner = place / "source" / "inner"
        inner.mkdir()
        inner.chmod(0o777)

        run(replace(box, writable=(inner,)), "touch", str(inner / "probe"))

        assert (inner / "probe").exists()

    def test_becomes_the_user_and_keeps_no_privilege(self, box: Sandbox) -> None:
        status = dict(line.split(":\t", 1) for line in run(box, "cat", "/proc/self/status"))

        assert set(status["Uid"].split()) == {str(UID if UID is not None else os.getuid())}
        assert status["NoNewPrivs"] == "1"
        assert int(status["CapEff"], 16) == int(status["CapPrm"], 16) == 0

    def test_names_the_user(self, box: Sandbox) -> None:
        assert python(
            box, "import getpass, pathlib; print(getpass.getuser()); print(pathlib.Path('~').expanduser())"
        ) == (
            "app",
            str(box.home),
        )

    def test_shows_no_process_of_the_machine(self, box: Sandbox) -> None:
        assert len(python(box, "import os\nfor n in os.listdir('/proc'):\n if n.isdigit(): print(n)")) <= 3

    def test_runs_multiprocessing(self, box: Sandbox) -> None:
        assert python(
            box, "import multiprocessing as m\nwith m.Pool(2) as pool: print(sum(pool.map(abs, [-1, -2])))"
        ) == ("3",)

    def test_holds_its_limits(self, box: Sandbox) -> None:
        limited = replace(box, limits=Limits(address_space_bytes=512 * 2**20, open_files=50), tmp_bytes=2**20)

        told = run(limited, "sh", "-c", "ulimit -n; ulimit -v; ulimit -c; df -k --output=size /tmp | tail -1")

        assert [int(number) for number in told] == [50, 512 * 1024, 0, 1024]

    def test_has_no_network_when_it_should_not(self, box: Sandbox) -> None:
        interfaces = run(replace(box, network=False), "sh", "-c", "tail -n +3 /proc/net/dev | cut -d: -f1")

        assert [name.strip() for name in interfaces] == ["lo"]

    def test_runs_no_program_of_the_tenant_as_root(self, box: Sandbox, place: Path) -> None:
        for name in ("env", "setpriv", "sh"):
            fake = place / "source" / name
            fake.write_text("#!/bin/true\n")
            fake.chmod(0o755)

        lines = run(box, "/usr/bin/id", "-u", env={"PATH": f"{place}/source:/usr/bin:/bin"})

        assert lines == (str(UID if UID is not None else os.getuid()),)


class TestEnvironment:
    """Variables given by descriptor."""

    def run(self, box: Sandbox, env: Mapping[str, str], *argv: str) -> shell.Finished:
        script = box.home.parent / "script"
        script.write_bytes(env_script(env))
        # As descriptor 3, of which the program knows no path.
        opening = ["sh", "-c", f'exec 3<{script}; exec "$@"', "open", *sandbox.command(box, argv, env_fd=3)]
        return shell.run(opening, timeout_s=30, env=sandbox.BARE_ENV)

    def test_reaches_the_program_as_it_is(self, box: Sandbox) -> None:
        nasty = {"A": "one\ntwo' \"$(id)`id`\\ \\n", "LD_PRELOAD": "", "B": "ü", "_C1": "*?~"}

        finished = self.run(box, nasty, PYTHON, "-c", "import os, json; print(json.dumps(dict(os.environ)))")

        assert json.loads(finished.output).items() >= nasty.items()

    def test_shows_nothing_in_the_first_process(self, box: Sandbox) -> None:
        finished = self.run(box, {"TOKEN": "s3cr3t"}, "sh", "-c", "cat /proc/1/environ /proc/1/cmdline; echo $TOKEN")

        assert finished.output.count("s3cr3t") == 1

    def test_is_closed_when_the_program_starts(self, box: Sandbox) -> None:
        finished = self.run(box, {"TOKEN": "s3cr3t"}, PYTHON, "-c", "import os; print(os.listdir('/proc/self/fd'))")

        assert finished.output == "['0', '1', '2', '3']"

    def test_does_not_act_on_programs_that_are_still_root(self, box: Sandbox, place: Path) -> None:
        """The dynamic loader complains of a library that is missing, in each program it acts on."""
        finished = self.run(box, {"LD_PRELOAD": str(place / "missing.so")}, "/usr/bin/id", "-u")

        assert finished.output.count("missing.so") == 1
        assert finished.tail[-1] == str(UID if UID is not None else os.getuid())


class TestBareCommand:
    def test_becomes_the_user_and_reports_its_end(self, box: Sandbox, tmp_path: Path) -> None:
        command = sandbox.bare_command(box, ["sh", "-c", "id -u; exit 7"], status_fd=4)
        opening = ["sh", "-c", f'exec 4>>{tmp_path}/status; exec "$@"', "open", *command]

        finished = shell.run(opening, timeout_s=30, env=sandbox.BARE_ENV)

        assert finished.output == str(UID if UID is not None else os.getuid())
        assert finished.returncode == 7
        assert (tmp_path / "status").read_text().splitlines()[-1] == '{ "exit-code": 7 }'


class TestEnvScript:
    @pytest.mark.parametrize("name", ["", "1A", "A-B", "A B", "A;id", "A\n", "Ä", "A=B"])
    def test_refuses_a_name_no_shell_can_export(self, name: str) -> None:
        with pytest.raises(ValueError, match="cannot be the name"):
            env_script({name: "1"})

    def test_refuses_a_nul(self) -> None:
        with pytest.raises(ValueError, match="A holds a NUL"):
            env_script({"A": "x\0y"})


class TestCheck:
    def test_passes_where_bubblewrap_works(self) -> None:
        sandbox.check()

    def test_says_what_to_install(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        sandbox.check.cache_clear()
        monkeypatch.setenv("PATH", str(tmp_path))

        with pytest.raises(sandbox.Unavailable, match="apt-get install bubblewrap"):
            sandbox.check()


class TestWriteIdentity:
    def test_can_be_read_by_the_user(self, place: Path) -> None:
        sandbox.write_identity(place / "identity", uid=70124, home=place / "home")

        modes = [stat.S_IMODE(path.stat().st_mode) for path in (place / "identity").iterdir()]
        assert all(mode & 0o044 == 0o044 for mode in modes)
