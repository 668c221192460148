import os
import shutil
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from deployments import sandbox, shell
from deployments.failures import Failure, FailureKind
from deployments.source.spec import DependencyKind
from deployments.venvs import uv
from deployments.venvs.lock import ArtefactKind, Lock, LockedPackage
from deployments.venvs.resolving.locking import LockRequest, lock
from deployments.venvs.store.environments import Store, environment_key, scope_for
from deployments.venvs.workbench import certificates_env

LOCAL = "--no-index\n--find-links ./wheels\n"
HELLO = {
    "hello.py": "def main():\n    print('hello')\n",
    "hello-1.0.dist-info/entry_points.txt": "[console_scripts]\nhello = hello:main\n",
}


@pytest.fixture
def build(request_for, store, interpreter, bench, source):
    """Lock the requirements ``text`` and make the environment."""

    def make(text: str, **more):
        locked = lock(request_for(text), bench)
        key = environment_key(locked, interpreter, scope_for(locked, bench.scope))
        return store.build(locked, interpreter, key, bench, source=source, **more)

    return make


def run_inside(built, bench, interpreter, *argv: str) -> shell.Finished:
    """As an app is run: the environment read-only, another user, no network."""
    bench.prepare()
    shown = (built.path, *interpreter.readonly_paths)
    box = sandbox.Sandbox(bench.home, bench.uid, readonly=shown, mounts=built.mounts, network=False)
    return shell.run(sandbox.command(box, argv), timeout_s=30, env={"PATH": f"{built.path}/bin:/usr/bin:/bin"})


class TestBuild:
    def test_makes_an_environment_that_works_in_the_sandbox(self, build, source, bench, interpreter, make_wheel):
        make_wheel(source / "wheels", "hello", files=HELLO)

        built = build(f"{LOCAL}hello\n")

        assert built.packages == ("hello==1.0",)
        assert run_inside(built, bench, interpreter, "hello").tail == ("hello",)
        code = "import hello, platform, sys; print(sys.prefix, platform.python_version())"
        assert run_inside(built, bench, interpreter, "python", "-c", code).tail == (
            f"{built.path} {interpreter.version}",
        )

    def test_installs_wheels_of_the_registry(self, build, bench, interpreter):
        built = build("six==1.17.0\n")

        assert run_inside(built, bench, interpreter, "python", "-c", "import six; print(six.__version__)").tail == (
            "1.17.0",
        )

    def test_holds_no_pip(self, build, bench, interpreter, source, make_wheel):
        make_wheel(source / "wheels", "hello")

        built = build(f"{LOCAL}hello\n")

        assert run_inside(built, bench, interpreter, "python", "-m", "pip").output.endswith("No module named pip")

    def test_finds_what_was_built_before(self, build, source, make_wheel):
        make_wheel(source / "wheels", "hello")
        lines: list[str] = []

        first, second = build(f"{LOCAL}hello\n"), build(f"{LOCAL}hello\n", on_line=lines.append)

        assert (first.reused, second.reused, lines) == (False, True, [])
        assert (second.key, second.packages) == (first.key, first.packages)

    def test_builds_once_when_two_ask_at_once(self, request_for, store, interpreter, bench, source, make_wheel):
        make_wheel(source / "wheels", "hello")
        locked = lock(request_for(f"{LOCAL}hello\n"), bench)
        key = environment_key(locked, interpreter, bench.scope)
        benches = [replace(bench, scratch=bench.scratch.with_name(f"scratch{number}")) for number in range(2)]

        with ThreadPoolExecutor(2) as pool:
            built = list(pool.map(lambda own: store.build(locked, interpreter, key, own, source=source), benches))

        assert sorted(each.reused for each in built) == [False, True]

    def test_shares_the_files_of_wheels(self, build, source, make_wheel):
        for name in ("hello", "other"):
            make_wheel(source / "wheels", name)

        one, two = build(f"{LOCAL}hello\n"), build(f"{LOCAL}hello\nother\n")

        files = [next(built.path.glob("lib/*/site-packages/hello.py")) for built in (one, two)]
        assert files[0].stat().st_ino == files[1].stat().st_ino

    def test_leaves_nothing_after_a_failure(self, store, interpreter, bench, source, make_wheel):
        wheel = make_wheel(source / "wheels", "hello")
        package = LockedPackage("hello", "1.0", ArtefactKind.WHEEL, f"./wheels/{wheel.name}", (f"sha256:{'0' * 64}",))
        locked = Lock((package,))
        key = environment_key(locked, interpreter, bench.scope)

        with pytest.raises(Failure) as caught:
            store.build(locked, interpreter, key, bench, source=source)

        assert caught.value.kind is FailureKind.HASH_MISMATCH
        assert not store.path(key).exists()
        assert not store.is_ready(key)

    def test_stops_when_told(self, request_for, store, interpreter, bench, source, make_wheel):
        make_wheel(source / "wheels", "hello")
        locked = lock(request_for(f"{LOCAL}hello\n"), bench)
        key = environment_key(locked, interpreter, bench.scope)

        with pytest.raises(shell.Stopped):
            store.build(locked, interpreter, key, bench, should_stop=lambda: True, source=source)

        assert not store.path(key).exists()

    def test_runs_nothing_of_a_wheel(self, build, source, tmp_path, make_wheel):
        evil = f"import pathlib; pathlib.Path({str(tmp_path / 'ran')!r}).touch()\n"
        make_wheel(
            source / "wheels", "evil",
            files={"evil.pth": evil, "sitecustomize.py": evil, "evil.py": evil},
        )  # fmt: skip
        make_wheel(source / "wheels", "hello")

        for text in ("evil\n", "evil\nhello\n"):
            build(LOCAL + text)

        assert not (tmp_path / "ran").exists()

    def test_a_wheel_cannot_declare_itself_ready(self, request_for, store, interpreter, bench, source, make_wheel):
        make_wheel(source / "wheels", "hello", files={"hello-1.0.data/data/.ready": "{}", "hello.py": ""})
        locked = lock(request_for(f"{LOCAL}hello\n"), bench)
        key = environment_key(locked, interpreter, bench.scope)
        store.build(locked, interpreter, key, bench, source=source)
        (store.path(key).parent / ".ready" / f"{key}.json").unlink()

        assert not store.is_ready(key)


class TestKilledBuilder:
    PROGRAM = """
import os, signal, sys
from pathlib import Path
from deployments.venvs.store import environments
from deployments.venvs.store.environments import Store
store, key = Store(Path(sys.argv[1])), sys.argv[2]
with store._alone(key, None):
    store.path(key).mkdir(parents=True)
    (store.path(key) / "half").touch()
    os.kill(os.getpid(), signal.SIGKILL)
"""

    def test_leaves_no_ready_environment_and_the_next_starts_clean(
        self, request_for, store, interpreter, bench, source, tmp_path, make_wheel
    ):
        make_wheel(source / "wheels", "hello")
        locked = lock(request_for(f"{LOCAL}hello\n"), bench)
        key = environment_key(locked, interpreter, bench.scope)
        root = Path(__file__).parents[4]
        killed = subprocess.run([sys.executable, "-c", self.PROGRAM, tmp_path / "home", key], cwd=root, check=False)

        was_ready = store.is_ready(key)
        built = store.build(locked, interpreter, key, bench, source=source)

        assert (killed.returncode, was_ready) == (-signal.SIGKILL, False)
        assert store.is_ready(key)
        assert not (built.path / "half").exists()


class TestBuildFromSource:
    def test_builds_a_source_distribution_once(self, build, store, bench, interpreter):
        lines: list[str] = []

        first = build("docopt==0.6.2\n")
        store.remove(first.key)
        second = build("docopt==0.6.2\n", on_line=lines.append)

        assert run_inside(second, bench, interpreter, "python", "-c", "import docopt").returncode == 0
        assert lines == ["Installing 1 packages"]

    def test_installs_a_folder_of_the_source(self, build, source, bench, interpreter):
        (source / "lib").mkdir()
        (source / "lib/setup.py").write_text(
            "from setuptools import setup\nsetup(name='lib', version='3', py_modules=['lib'])\n"
        )
        (source / "lib/lib.py").write_text("answer = 42\n")

        built = build("-e ./lib\n")

        assert run_inside(built, bench, interpreter, "python", "-c", "import lib; print(lib.answer)").tail == ("42",)
        assert sorted(path.name for path in (source / "lib").iterdir()) == ["lib.py", "setup.py"]

    def test_says_what_the_compiler_said(self, build, source):
        (source / "lib").mkdir()
        (source / "lib/setup.py").write_text(
            "from setuptools import Extension, setup\n"
            "setup(name='lib', version='3', ext_modules=[Extension('a', ['a.c'])])\n"
        )
        (source / "lib/a.c").write_text("#include <no_such_header.h>\n")

        with pytest.raises(Failure) as caught:
            build("./lib\n")

        assert caught.value.kind is FailureKind.PACKAGE_BUILD_FAILED
        assert "needs the C header no_such_header.h" in caught.value.hint
        assert str(source.parent) not in caught.value.hint


class TestBuildFromProject:
    def test_installs_a_locked_project_with_itself(self, store, source, bench, interpreter):
        (source / "pyproject.toml").write_text(
            '[project]\nname = "app"\nversion = "1"\nrequires-python = ">=3.8"\n'
            '[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n'
        )
        (source / "src/app").mkdir(parents=True)
        (source / "src/app/__init__.py").write_text("answer = 42\n")
        env = {"HOME": str(source.parent), "PATH": "/usr/bin:/bin"} | certificates_env()
        subprocess.run([uv.binary(), "lock", "-q", "--python", interpreter.path], cwd=source, env=env, check=True)
        locked = lock(LockRequest(source, DependencyKind.UV_LOCK, interpreter), bench)
        key = environment_key(locked, interpreter, scope_for(locked, bench.scope))

        built = store.build(locked, interpreter, key, bench, source=source)

        assert run_inside(built, bench, interpreter, "python", "-c", "import app; print(app.answer)").tail == ("42",)


class TestCompile:
    def test_links_byte_code_that_is_used(self, build, store, source, bench, interpreter, make_wheel):
        make_wheel(source / "wheels", "hello", files=HELLO)
        built = build(f"{LOCAL}hello\n")

        added = store.compile(built.key, interpreter, bench)

        script = "import hello, importlib.util as u; print(hello.__cached__, u.cache_from_source(hello.__file__))"
        said = run_inside(built, bench, interpreter, "python", "-v", "-c", script)
        assert (built.uncompiled, added) == (1, 1)
        assert "matches" in said.output
        assert f"hello.{interpreter.cache_tag}.pyc" in said.output

    def test_compiles_once_for_all_environments(self, build, store, source, bench, interpreter, make_wheel):
        make_wheel(source / "wheels", "hello")
        make_wheel(source / "wheels", "other", files={"other.py": "other = True\n"})
        first = build(f"{LOCAL}hello\n")
        store.compile(first.key, interpreter, bench)

        second = build(f"{LOCAL}hello\nother\n")

        files = [next(built.path.glob("lib/*/site-packages/__pycache__/hello.*.pyc")) for built in (first, second)]
        assert files[0].stat().st_ino == files[1].stat().st_ino
        assert second.uncompiled == 1

    def test_passes_over_what_is_no_python(self, build, store, source, bench, interpreter, make_wheel):
        make_wheel(source / "wheels", "hello", files={"hello.py": "print 'two'\n"})
        built = build(f"{LOCAL}hello\n")

        store.compile(built.key, interpreter, bench)

        assert store.built(built.key).uncompiled == 0
        assert not list(built.path.rglob("hello.*.pyc"))

    def test_leaves_an_environment_alone_whose_unpacked_wheels_are_gone(
        self, build, store, source, bench, interpreter, make_wheel
    ):  # fmt: skip
        make_wheel(source / "wheels", "hello")
        built = build(f"{LOCAL}hello\n")
        shutil.rmtree(store.trees.root / built.trees[0])

        assert store.compile(built.key, interpreter, bench) == 0
        assert store.verify(built.key)

    def test_believes_no_false_record(self, build, store, source, bench, interpreter, make_wheel):
        wheel = make_wheel(source / "wheels", "hello", files={"hello.py": "x = 1\n"})
        built = build(f"{LOCAL}hello\n")
        # The unpacked wheel's own file, since it is the same one.
        next(built.path.glob("lib/*/site-packages/hello.py")).write_text("x = 2\n")

        assert store.compile(built.key, interpreter, bench) == 0
        assert wheel.exists()


class TestVerify:
    def test_finds_nothing_in_a_whole_environment(self, build, store, source, make_wheel):
        make_wheel(source / "wheels", "hello", files=HELLO)

        assert store.verify(build(f"{LOCAL}hello\n").key) == ()

    def test_names_what_is_gone(self, build, store, source, make_wheel):
        make_wheel(source / "wheels", "hello")
        built = build(f"{LOCAL}hello\n")
        next(built.path.glob("lib/*/site-packages/hello.py")).unlink()

        assert list(map(str, store.verify(built.key))) == ["hello: hello.py is missing."]

    def test_names_what_has_another_size(self, build, store, source, make_wheel):
        make_wheel(source / "wheels", "hello", files=HELLO)
        built = build(f"{LOCAL}hello\n")
        next(built.path.glob("lib/*/site-packages/hello.py")).write_text("")
        (built.path / "bin/hello").unlink()

        found = store.verify(built.key)

        assert [(damage.package, damage.what) for damage in found] == [
            ("hello", "is missing"),
            ("hello", "has another size"),
        ]

    def test_takes_new_byte_code_for_no_damage(self, build, store, source, bench, interpreter, make_wheel):
        make_wheel(source / "wheels", "hello")
        built = build(f"{LOCAL}hello\n")

        store.compile(built.key, interpreter, bench)

        assert store.verify(built.key) == ()
        assert store.built(built.key).shared_bytes > built.shared_bytes

    def test_remembers_damage_that_came_before_the_byte_code(
        self, build, store, source, bench, interpreter, make_wheel
    ):  # fmt: skip
        make_wheel(source / "wheels", "hello")
        make_wheel(source / "wheels", "other")
        built = build(f"{LOCAL}hello\nother\n")
        next(built.path.glob("lib/*/site-packages/hello.py")).write_text("")

        store.compile(built.key, interpreter, bench)

        assert [damage.package for damage in store.verify(built.key, budget_s=0.0)] == ["hello"]

    def test_sees_at_a_glance_that_a_file_is_missing(self, build, store, source, make_wheel):
        make_wheel(source / "wheels", "hello")
        built = build(f"{LOCAL}hello\n")
        next(built.path.glob("lib/*/site-packages/hello.py")).unlink()

        assert store.verify(built.key, budget_s=0.0)

    def test_unpacks_what_is_distrusted_anew(
        self, build, request_for, store, source, bench, interpreter, make_wheel
    ):  # fmt: skip
        make_wheel(source / "wheels", "hello", files={"hello.py": "x = 1\n"})
        first = build(f"{LOCAL}hello\n")
        # In place, as a disk damages it: all that share the file have the damage.
        next(first.path.glob("lib/*/site-packages/hello.py")).write_text("")
        locked = lock(request_for(f"{LOCAL}hello\n"), bench)

        trusting = store.build(locked, interpreter, "a" * 16, bench, source=source)
        second = store.build(locked, interpreter, "b" * 16, bench, source=source, distrusted={"hello"})

        contents = [next(built.path.glob("lib/*/site-packages/hello.py")).read_text() for built in (trusting, second)]
        assert contents == ["", "x = 1\n"]


class TestStore:
    def test_removes_an_environment(self, build, store, source, make_wheel):
        make_wheel(source / "wheels", "hello")
        built = build(f"{LOCAL}hello\n")

        store.remove(built.key)
        store.remove(built.key)

        assert (store.is_ready(built.key), built.path.exists(), store.keys()) == (False, False, frozenset())

    def test_removes_none_that_is_being_made(self, build, store, source, make_wheel):
        make_wheel(source / "wheels", "hello")
        built = build(f"{LOCAL}hello\n")

        with store._alone(built.key, None):
            while_busy = store.remove_idle(built.key)
        was_ready = store.is_ready(built.key)

        assert (while_busy, was_ready, store.remove_idle(built.key)) == (False, True, True)
        assert not built.path.exists()

    def test_gives_the_space_of_removed_ones_back(self, build, store, source, make_wheel, tmp_path):
        make_wheel(source / "wheels", "hello")
        store.remove_idle(build(f"{LOCAL}hello\n").key)

        store.empty_trash()

        folder = tmp_path / "home/environments"
        assert [path for path in folder.rglob("*") if path.is_file()] == []

    def test_knows_what_a_killed_builder_left(self, store, tmp_path):
        left = tmp_path / "home/environments" / ("c" * 16)
        left.mkdir(parents=True)

        assert store.unfinished(older_than_s=60) == frozenset()
        assert store.unfinished(older_than_s=-1) == {"c" * 16}

    def test_counts_what_it_shares_once_for_all(self, build, source, make_wheel):
        make_wheel(source / "wheels", "hello", files={"hello.py": "x = 1\n" * 40_000})

        built = build(f"{LOCAL}hello\n")

        assert built.shared_bytes > 200_000 > built.own_bytes > 0
        assert built.size_bytes == built.own_bytes + built.shared_bytes

    def test_keeps_the_unpacked_wheels_of_what_is_there(self, build, store, source, make_wheel):
        for name in ("kept", "gone"):
            make_wheel(source / "wheels", name)
        kept, removed = build(f"{LOCAL}kept\n"), build(f"{LOCAL}kept\ngone\n")
        store.remove(removed.key)

        pruned = (store.prune_trees(idle_s=3600), store.prune_trees(idle_s=-1), store.prune_trees(idle_s=-1))

        assert pruned == (0, 1, 0)
        assert store.verify(kept.key) == ()
        assert store.verify(build(f"{LOCAL}kept\ngone\n").key) == ()

    def test_removes_no_unpacked_wheel_while_it_cannot_tell_who_has_it(self, build, store, source, make_wheel):
        make_wheel(source / "wheels", "hello")
        built = build(f"{LOCAL}hello\n")
        store._marker(built.key).write_text("{")

        assert store.prune_trees(idle_s=-1) == 0
        assert not store.is_ready(built.key)

    def test_tells_what_removing_frees(self, build, store, source, make_wheel):
        for name in ("hello", "other"):
            make_wheel(source / "wheels", name, files={f"{name}.py": "x = 1\n" * 40_000})
        one, both = build(f"{LOCAL}hello\n"), build(f"{LOCAL}hello\nother\n")

        freed = store.freed_by([both.key])

        assert freed.at_once == both.own_bytes
        assert freed.with_packages == both.shared_bytes - one.shared_bytes
        assert store.freed_by([one.key, both.key]).with_packages == both.shared_bytes

    @pytest.mark.parametrize("key", ["../../etc", "", "A" * 16, "0" * 15])
    def test_refuses_what_is_no_key(self, tmp_path, key):
        with pytest.raises(ValueError, match="is no environment key"):
            Store(tmp_path).path(key)

    def test_knows_import_names_of_public_and_own_wheels(self, build, store, source, make_wheel):
        make_wheel(source / "wheels", "kit_name", files={"kit/__init__.py": "", "single.py": ""})
        build(f"{LOCAL}kit_name\n")

        assert store.import_names("north") == {"kit": {"kit-name"}, "single": {"kit-name"}}
        assert store.import_names("south") == {}

    def test_belongs_to_the_platform(self, build, source, make_wheel):
        make_wheel(source / "wheels", "hello")
        built = build(f"{LOCAL}hello\n")

        assert {path.lstat().st_uid for path in (built.path, *built.path.rglob("*"))} == {os.geteuid()}


class TestEnvironmentKey:
    def test_changes_with_artefacts_interpreter_and_scope(self, interpreter):
        package = LockedPackage("six", "1.17.0", ArtefactKind.WHEEL, "https://a.example/six.whl", ("sha256:aa",))
        locked = Lock((package,))
        keys = {
            environment_key(locked, interpreter, "public"),
            environment_key(locked, interpreter, "north"),
            environment_key(Lock(()), interpreter, "public"),
            environment_key(Lock((replace(package, hashes=("sha256:bb",)),)), interpreter, "public"),
            environment_key(locked, replace(interpreter, version="3.11.99"), "public"),
        }

        assert len(keys) == 5

    def test_ignores_notices_and_origins(self, interpreter):
        assert environment_key(Lock((), ("a notice",)), interpreter, "public") == environment_key(
            Lock(()), interpreter, "public"
        )


class TestScopeFor:
    def test_is_public_for_wheels_of_the_public_index_only(self):
        wheel = LockedPackage("six", "1.17.0", ArtefactKind.WHEEL, "https://a.example/six.whl", is_public=True)
        source = replace(wheel, name="docopt", kind=ArtefactKind.SDIST)

        assert scope_for(Lock((wheel,)), "north") == "public"
        assert scope_for(Lock((wheel, source)), "north") == "north"
        assert scope_for(Lock((replace(wheel, is_public=False),)), "north") == "north"
