"""An environment as an app has it: read-only in a sandbox, with the platform's pip and uv, and packages of its own."""

import os
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from deployments import sandbox, shell
from deployments.source.spec import PythonRequest
from deployments.venvs import interpreters
from deployments.venvs.interpreters import Interpreter
from deployments.venvs.resolving.locking import lock
from deployments.venvs.store import own_packages
from deployments.venvs.store.bytecode import site_packages
from deployments.venvs.store.environments import environment_key
from tests.wheels import build_wheel

STRANGER = 64321
LOCAL = "--no-index\n--find-links ./wheels\n"
VERSIONS = ("3.8", "3.9", "3.10", "3.11", "3.12", "3.13")


@dataclass
class App:
    """What an app sees, without running the whole platform. ``wheels`` is where it finds packages."""

    environment: Path
    interpreter: Interpreter
    home: Path
    wheels: Path

    def run(self, *argv: str, **more: str) -> shell.Finished:
        box = sandbox.Sandbox(
            self.home,
            STRANGER if os.geteuid() == 0 else None,
            readonly=(
                self.environment, self.wheels, *self.interpreter.readonly_paths,
                *own_packages.readonly(self.interpreter),
            ),
            network=False,
        )  # fmt: skip
        return shell.run(sandbox.command(box, argv), timeout_s=120, env={**self.variables(), **more})

    def variables(self) -> Mapping[str, str]:
        own = [str(self.home / path) for path in own_packages.programs()]
        return {
            "PATH": os.pathsep.join([f"{self.environment}/bin", *own, "/usr/bin", "/bin"]),
            "VIRTUAL_ENV": str(self.environment),
            "HOME": str(self.home),
            "SLIPWAY_APP_HOME": str(self.home),
            "PYTHONDONTWRITEBYTECODE": "1",
            "PIP_NO_INDEX": "1",
            "PIP_FIND_LINKS": str(self.wheels),
            "UV_CONFIG_FILE": str(self.wheels / "uv.toml"),
            "UV_PYTHON_DOWNLOADS": "never",
            **own_packages.variables(self.interpreter),
        }

    def says(self, *argv: str, **more: str) -> str:
        finished = self.run(*argv, **more)
        assert finished.returncode == 0, finished.output
        return finished.output

    def imported(self, code: str) -> str:
        return self.says("python", "-c", code).strip()


@pytest.fixture
def make_app(request_for, store, bench, source) -> Iterator:
    with tempfile.TemporaryDirectory(prefix="slipway-", dir="/tmp") as folder:
        place = Path(folder)
        place.chmod(0o755)

        def make(interpreter: Interpreter, text: str = "hello\n") -> App:
            build_wheel(source / "wheels", "hello", needs=("basis",))
            build_wheel(source / "wheels", "basis")
            locked = lock(request_for(f"{LOCAL}{text}", interpreter=interpreter), bench)
            key = environment_key(locked, interpreter, bench.scope)
            built = store.build(locked, interpreter, key, bench, source=source)
            home, wheels = place / "home", place / "wheels"
            home.mkdir()
            if os.geteuid() == 0:
                os.chown(home, STRANGER, STRANGER)
            files = {"tool.py": "def main(): print('tool runs')\n"}
            script = {"tool-1.0.dist-info/entry_points.txt": "[console_scripts]\ntool = tool:main\n"}
            build_wheel(wheels, "tool", files=files | script, needs=("basis",))
            for version in ("1.0", "2.0"):
                build_wheel(wheels, "basis", version)
                build_wheel(wheels, "hello", version)
            (wheels / "uv.toml").write_text(f'no-index = true\nfind-links = ["{wheels}"]\n')
            return App(built.path, interpreter, home, wheels)

        yield make


@pytest.fixture
def app(make_app, interpreter) -> App:
    return make_app(interpreter)


INSTALLERS = {
    "pip": ("pip", "install"),
    "pip3": ("pip3", "install"),
    "python -m pip": ("python", "-m", "pip", "install"),
    "uv": ("uv", "pip", "install"),
}


class TestInstalling:
    @pytest.mark.parametrize("command", INSTALLERS.values(), ids=INSTALLERS)
    def test_is_seen_by_the_next_process(self, app: App, command: tuple[str, ...]) -> None:
        assert app.run("python", "-c", "import tool").returncode != 0

        app.says(*command, "tool")

        assert app.imported(
            "import tool, hello; print(tool.__file__.startswith(__import__('os').environ['HOME']))"
        ) == ("True")
        assert app.says("tool").strip() == "tool runs"

    def test_is_seen_by_the_process_that_did_it(self, app: App) -> None:
        code = (
            "import subprocess, sys; subprocess.run([sys.executable, '-m', 'pip', 'install', '-q', 'tool'], check=True)"
        )

        assert app.imported(f"{code}\nimport tool; tool.main()").endswith("tool runs")

    @pytest.mark.parametrize("command", [("pip", "install"), ("uv", "pip", "install")], ids=["pip", "uv"])
    def test_comes_before_what_was_built(self, app: App, command: tuple[str, ...]) -> None:
        assert app.imported("import hello; print(hello.VERSION)") == "1.0"

        app.says(*command, "hello==2.0")

        assert app.imported("import hello; print(hello.VERSION)") == "2.0"
        app.says(*command[:-1], "uninstall", *(["-y"] if command[0] == "pip" else []), "hello")
        assert app.imported("import hello; print(hello.VERSION)") == "1.0"

    def test_takes_with_pip_what_is_there_already(self, app: App) -> None:
        said = app.says("pip", "install", "tool")

        assert "Requirement already satisfied: basis" in said
        assert "hello" in app.says("pip", "list")

    def test_leaves_the_environment_as_it_was(self, app: App) -> None:
        before = sorted(site_packages(app.environment).rglob("*"))

        app.says("pip", "install", "tool", "hello==2.0")
        app.says("uv", "pip", "install", "basis==2.0")

        assert sorted(site_packages(app.environment).rglob("*")) == before

    def test_goes_where_it_was_told(self, app: App) -> None:
        app.says("pip", "install", "--target", f"{app.home}/mine", "tool")
        app.says("uv", "pip", "install", "--target", f"{app.home}/uvs", "tool")

        assert (app.home / "mine/tool.py").is_file()
        assert (app.home / "uvs/tool.py").is_file()
        assert app.run("python", "-c", "import tool").returncode != 0

    def test_goes_into_a_virtual_environment_that_is_active(self, app: App) -> None:
        app.says("uv", "venv", "-q", f"{app.home}/mine")
        active = {"VIRTUAL_ENV": f"{app.home}/mine", "PATH": f"{app.home}/mine/bin:{app.variables()['PATH']}"}

        app.says("uv", "pip", "install", "tool", **active)

        assert app.says("tool", **active).strip() == "tool runs"
        assert app.run("python", "-c", "import hello", **active).returncode != 0
        assert app.run("python", "-c", "import tool").returncode != 0


class TestTheAppItself:
    def test_begins_the_same_with_a_home_that_is_full(self, app: App) -> None:
        os.chown(app.home, 0, 0) if os.geteuid() == 0 else app.home.chmod(0o500)

        finished = app.run("python", "-c", "import hello; print(hello.VERSION)")

        app.home.chmod(0o700)
        assert finished.output.strip() == "1.0"

    def test_sees_nothing_of_it_elsewhere(self, app: App) -> None:
        none = {name: "" for name in app.variables() if name.startswith("SLIPWAY_")}

        assert app.run("python", "-m", "pip", **none).output.strip().endswith("No module named pip")

    def test_begins_without_what_a_platform_has_no_more(self, app: App) -> None:
        finished = app.run("python", "-c", "print('up')", SLIPWAY_TOOLS="/nonexistent", SLIPWAY_PIP="/nonexistent")

        assert finished.output.strip() == "up"


class TestEveryPython:
    @pytest.mark.parametrize("version", VERSIONS)
    def test_installs(self, make_app, found, version: str) -> None:
        if version not in {each.minor for each in found}:
            pytest.skip(f"Python {version} is not installed here")
        app = make_app(interpreters.choose(found, PythonRequest(f"=={version}.*", "the test")))

        app.says("python", "-m", "pip", "install", "tool")
        app.says("uv", "pip", "install", "hello==2.0")

        assert app.imported("import tool, hello, sys; print(hello.VERSION, sys.prefix)") == f"2.0 {app.environment}"


class TestWritePth:
    def test_replaces_what_a_wheel_put_there_without_writing_through(self, tmp_path: Path) -> None:
        site = tmp_path / "env/lib/python3.12/site-packages"
        site.mkdir(parents=True)
        (tmp_path / "store").write_text("a stranger's")
        os.link(tmp_path / "store", site / "slipway.pth")

        own_packages.write_pth(tmp_path / "env")

        assert (site / "slipway.pth").read_text() == own_packages.PTH
        assert (tmp_path / "store").read_text() == "a stranger's"
