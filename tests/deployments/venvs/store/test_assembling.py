"""What of several unpacked wheels is mounted and what is linked, and that an app finds it all where it belongs."""

import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from deployments import sandbox, shell
from deployments.venvs.interpreters import Interpreter
from deployments.venvs.lock import Lock
from deployments.venvs.resolving.locking import LockRequest, lock
from deployments.venvs.store import assembling
from deployments.venvs.store.built import Built
from deployments.venvs.store.environments import Store
from deployments.venvs.workbench import Workbench
from tests.deployments.venvs.conftest import MakeWheel

LOCAL = "--no-index\n--find-links ./wheels\n"
LARGE = {"large/__init__.py": "", "large/one/__init__.py": "", "large/two/__init__.py": "two = 2\n"}

Environment = Callable[..., Built]
Run = Callable[..., str]


@pytest.fixture
def locked(request_for: Callable[..., LockRequest], source: Path, bench: Workbench, make_wheel: MakeWheel):
    """Wheels of these names and files, locked."""

    def make(wheels: Mapping[str, Mapping[str, str]]) -> Lock:
        for name, files in wheels.items():
            make_wheel(source / "wheels", name, files=files)
        return lock(request_for(LOCAL + "".join(f"{name}\n" for name in wheels)), bench)

    return make


@pytest.fixture
def environment(
    locked: Callable[..., Lock], store: Store, interpreter: Interpreter, bench: Workbench, source: Path
) -> Environment:
    def make(wheels: Mapping[str, Mapping[str, str]], key: str = "a" * 16) -> Built:
        return store.build(locked(wheels), interpreter, key, bench, source=source)

    return make


@pytest.fixture
def run(bench: Workbench, interpreter: Interpreter) -> Run:
    """What a line of Python says inside."""

    def inside(built: Built, code: str) -> str:
        bench.prepare()
        shown = (built.path, *interpreter.readonly_paths)
        box = sandbox.Sandbox(bench.home, bench.uid, readonly=shown, mounts=built.mounts, network=False)
        argv = [str(built.path / "bin/python"), "-c", code]
        return shell.run(sandbox.command(box, argv), timeout_s=30, env=sandbox.BARE_ENV).output

    return inside


def mounted(built: Built) -> set[str]:
    site = next(built.path.glob("lib/*/site-packages"))
    return {os.path.relpath(place, site) for place in built.mounts}


class TestMounts:
    def test_are_folders_with_others_in_them(self, environment: Environment) -> None:
        built = environment({"large": LARGE, "small": {"small/__init__.py": ""}, "single": {"single.py": ""}})

        assert mounted(built) == {"large"}

    def test_are_seen_where_they_belong(self, environment: Environment, run: Run) -> None:
        built = environment({"large": LARGE})

        said = run(built, "import large.two; print(large.two.two, large.two.__file__)")

        assert said == f"2 {next(built.path.glob('lib/*/site-packages'))}/large/two/__init__.py"

    def test_lead_to_their_neighbours(self, environment: Environment, run: Run) -> None:
        """As libraries find those of another package: by ``..``, and by a file's real path."""
        built = environment({"large": LARGE, "near": {"near/data.txt": "found\n", "near/a/b.txt": ""}})

        code = (
            "import large.two as t, os, pathlib; f = t.__file__;"
            "print(open(os.path.dirname(f) + '/../../near/data.txt').read(),"
            "pathlib.Path(f).resolve().parents[2] == pathlib.Path(f).parents[2])"
        )
        assert run(built, code) == "found\n True"

    def test_lie_below_what_several_share(self, environment: Environment, run: Run) -> None:
        built = environment({
            "cloud_a": {f"cloud/a/{path}": "" for path in ("__init__.py", "x/__init__.py", "y/__init__.py")},
            "cloud_b": {f"cloud/b/{path}": "" for path in ("__init__.py", "x/__init__.py", "y/__init__.py")},
        })  # fmt: skip

        assert mounted(built) == {"cloud/a", "cloud/b"}
        assert run(built, "import cloud.a.x, cloud.b.y; print('both')") == "both"

    def test_are_as_many_as_a_start_can_bear(
        self, environment: Environment, run: Run, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(assembling, "MOST_MOUNTS", 1)
        larger = {f"larger/{name}/__init__.py": "" for name in "abcdef"}

        built = environment({"large": LARGE, "larger": larger})

        assert mounted(built) == {"larger"}
        assert run(built, "import large.two, larger.a; print('both')") == "both"

    def test_cannot_be_written(self, environment: Environment, run: Run) -> None:
        built = environment({"large": LARGE})

        code = "import large, os; open(os.path.dirname(large.__file__) + '/x', 'w')"
        assert "Read-only file system" in run(built, code)

    def test_show_nothing_else_of_the_store(self, environment: Environment, run: Run, store: Store) -> None:
        built = environment({"large": LARGE})

        assert run(built, f"import os; print(os.path.exists({str(store.trees.root)!r}))") == "False"

    def test_are_the_same_once_there_is_byte_code(
        self, environment: Environment, store: Store, interpreter: Interpreter, bench: Workbench, run: Run
    ) -> None:
        wheels = {"large": LARGE, "small": {"small/__init__.py": ""}, "single": {"single.py": "", "other.py": ""}}
        built = environment(wheels)

        store.compile(built.key, interpreter, bench)

        again = environment(wheels, "b" * 16)
        assert mounted(again) == mounted(built)
        assert (store.built(built.key).uncompiled, again.uncompiled) == (0, 0)
        code = "import large.one as a, small as b, single as c, os;"
        code += "print(*map(os.path.exists, (a.__cached__, b.__cached__, c.__cached__)))"
        for each in (store.built(built.key), again):
            assert run(each, code) == "True True True"

    def test_cost_no_disk_of_their_own(self, environment: Environment, store: Store) -> None:
        many = {f"many/m{number}/__init__.py": f"x = {number}\n" for number in range(200)}

        one, two = environment({"many": many}), environment({"many": many}, "b" * 16)

        assert max(one.own_bytes, two.own_bytes) < 100_000 < one.shared_bytes
        assert one.shared_bytes == two.shared_bytes

    def test_are_not_used_where_there_is_no_sandbox(
        self, locked: Callable[..., Lock], store: Store, interpreter: Interpreter, bench: Workbench, source: Path,
        tmp_path: Path,
    ) -> None:  # fmt: skip
        wheels, bare = locked({"large": LARGE}), Store(tmp_path / "home", can_mount=False)
        store.build(wheels, interpreter, "a" * 16, bench, source=source)

        was_ready = bare.is_ready("a" * 16)
        built = bare.build(wheels, interpreter, "a" * 16, replace(bench, sandboxed=False), source=source)

        assert (was_ready, built.mounts) == (False, {})
        assert (next(built.path.glob("lib/*/site-packages")) / "large/two/__init__.py").read_text() == "two = 2\n"


class TestClashes:
    def test_take_the_first_ones_file_with_its_byte_code(
        self, environment: Environment, store: Store, interpreter: Interpreter, bench: Workbench, run: Run
    ) -> None:
        wheels = {
            "aaa": {"shared/mine.py": "who = 'aaa'\n"},
            "bbb": {"shared/mine.py": "who = 'bbb'\n", "shared/b.py": ""},
        }
        store.compile(environment(wheels).key, interpreter, bench)

        built = environment(wheels, "b" * 16)

        assert built.uncompiled == 0
        assert (
            run(built, "import shared.mine as m, shared.b, os; print(m.who, os.path.exists(m.__cached__))")
            == "aaa True"
        )

    def test_of_a_file_with_a_folder_break_nothing_else(self, environment: Environment, run: Run) -> None:
        built = environment({
            "aaa": {"thing/__init__.py": "", "thing/a/x.py": "", "thing/b/x.py": "", "aaa.py": ""},
            "bbb": {"thing": "a file", "bbb.py": ""},
        })  # fmt: skip

        assert run(built, "import aaa, bbb, thing.a.x; print('fine')") == "fine"

    def test_replace_nothing_of_the_environments_own(self, environment: Environment, interpreter: Interpreter) -> None:
        data = "evil-1.0.data/data"
        built = environment({
            "evil": {
                f"{data}/pyvenv.cfg": "home = /evil\n",
                f"{data}/lib/external/a/b/c/x.py": "", f"{data}/lib64/y.txt": "y", "evil.py": "",
            }
        })  # fmt: skip

        assert os.path.realpath(built.path / "bin/python") == str(interpreter.path)
        assert "evil" not in (built.path / "pyvenv.cfg").read_text()
        assert not (built.path / "lib/external").exists()
        assert os.readlink(built.path / "lib64") == "lib"
