"""Real resolutions under rules, and real environments that see packages of an interpreter's own site."""

import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from deployments.failures import Failure, FailureKind
from deployments.source.spec import DependencyKind
from deployments.venvs import system_site, uv
from deployments.venvs.interpreters import Interpreter
from deployments.venvs.lock import ArtefactKind, Lock, Origin
from deployments.venvs.resolving.locking import LockRequest, lock
from deployments.venvs.store import external
from deployments.venvs.store.environments import Store, environment_key
from deployments.venvs.workbench import Workbench
from packagerepos.policy import Installer, Level, ProhibitedAction, Rule, Rules
from tests import own_python

LOCAL = "--no-index\n--find-links ./wheels\n"


@pytest.fixture(scope="module")
def python(tmp_path_factory, make_wheel) -> Interpreter:
    """Its site holds core 2.0, which needs helper; spaced, which shares a folder with other; and other."""
    folder = tmp_path_factory.mktemp("own-python")
    core = {
        "core/__init__.py": "import helper\nVERSION = '2.0 of the site'\n",
        "core/data.txt": "kept",
        "core-2.0.dist-info/entry_points.txt": "[console_scripts]\ncore-says = core.cli:main\n",
        "core/cli.py": "def main(): print('core says hello')\n",
    }
    wheels = [
        make_wheel(folder, "core", "2.0", needs=("helper>=1",), files=core),
        make_wheel(folder, "spaced", "1.0", files={"space/one.py": "ONE = 1\n"}),
        make_wheel(folder, "other", "1.0", files={"space/two.py": "TWO = 2\n", "other.py": ""}),
    ]
    return own_python.of(own_python.make(folder, wheels))


@pytest.fixture
def ask(source: Path, python: Interpreter, bench: Workbench, make_wheel) -> Callable[..., Lock]:
    """Lock requirements under rules; the index holds helper, needer (of core >= 3), wanter and picky."""
    for name, version, needs in (
        ("helper", "1.0", ()),
        ("core", "3.0", ()),
        ("core", "1.0", ()),
        ("needer", "1.0", ("core>=3",)),
        ("banned", "5.0", ()),
        ("wanter", "1.0", ("banned>=4", "helper")),
        ("elsewhere", "1.0", ("banned>=4; sys_platform == 'win32'", "core; sys_platform == 'win32'", "helper")),
    ):
        make_wheel(source / "wheels", name, version, needs=needs)

    def make(text: str, rules: Rules, **more: object) -> Lock:
        return lock(request(source, python, text, rules, **more), bench)

    return make


def request(source: Path, python: Interpreter, text: str, rules: Rules, **more: object) -> LockRequest:
    (source / "requirements.txt").write_text(LOCAL + text)
    installed = system_site.look(python, rules.external_names)
    values = {"source": source, "dependencies": DependencyKind.REQUIREMENTS} | more
    return LockRequest(interpreter=python, rules=rules, installed=installed, **values)


def externals(*names: str, **more: bool) -> Rules:
    return Rules(external=tuple(Rule(name, Level.SITE) for name in names), **more)


def prohibited(*names: str, action: ProhibitedAction = ProhibitedAction.DROP) -> Rules:
    return Rules(prohibited=tuple(Rule(name, Level.WORKSPACE) for name in names), prohibited_action=action)


def versions(locked: Lock) -> dict[str, str | None]:
    return {package.name: package.version for package in locked.packages}


class TestExternal:
    def test_is_matched_by_name_whatever_version_is_asked_for(self, ask):
        locked = ask("core==1.0\n", externals("core"))

        core = next(package for package in locked.packages if package.name == "core")
        assert (core.version, core.kind, core.origin) == ("2.0", ArtefactKind.EXTERNAL, Origin.EXTERNAL)
        assert any("requirements.txt, line 3 asks for core==1.0" in notice for notice in locked.notices)

    def test_brings_what_it_needs_itself(self, ask):
        assert versions(ask("core\n", externals("core"))) == {"core": "2.0", "helper": "1.0"}

    def test_satisfies_other_packages_as_well(self, ask):
        locked = ask("needer\n", externals("core"))

        assert versions(locked) == {"core": "2.0", "helper": "1.0", "needer": "1.0"}
        assert any(notice.startswith("core 2.0 is external (site)") for notice in locked.notices)

    def test_is_left_alone_when_nobody_needs_it(self, ask):
        assert versions(ask("helper\n", externals("core"))) == {"helper": "1.0"}

    def test_is_left_alone_when_it_is_needed_elsewhere_only(self, ask):
        locked = ask("elsewhere\n", externals("core"))

        assert versions(locked) == {"elsewhere": "1.0", "helper": "1.0"}
        assert locked.notices == ()

    def test_heeds_the_marker_of_a_line(self, ask):
        assert versions(ask("helper\ncore ; sys_platform == 'win32'\n", externals("core"))) == {"helper": "1.0"}

    def test_is_never_replaced_by_an_index_where_it_is_missing(self, ask):
        with pytest.raises(
            Failure, match=r"helper is external \(the site's list\), but Python .* does not have"
        ) as caught:
            ask("helper\n", externals("helper"))

        assert caught.value.kind is FailureKind.MISSING_EXTERNAL

    def test_fails_as_well_when_another_package_needs_what_is_missing(self, ask):
        with pytest.raises(Failure, match="helper is external"):
            ask("wanter\n", externals("helper"))

    def test_survives_the_text_form_and_stands_in_it_as_a_comment(self, ask):
        locked = ask("core\n", externals("core"))

        assert Lock.from_json(locked.to_json()) == locked
        assert "# core==2.0 is external" in locked.requirements_text

    def test_keeps_an_environment_from_being_shared(self, ask):
        assert not ask("core\n", externals("core")).is_public

    def test_is_taken_from_a_project_too(self, ask, source):
        (source / "pyproject.toml").write_text(
            '[project]\nname = "app"\nversion = "1"\ndependencies = ["core>=3"]\n'
            '[tool.uv]\nfind-links = ["./wheels"]\nno-index = true\n'
        )

        assert versions(ask("", externals("core"), dependencies=DependencyKind.PYPROJECT)) == {
            "core": "2.0",
            "helper": "1.0",
        }

    def test_replaces_the_entry_of_a_lock(self, ask, source, python, tmp_path):
        (source / "pyproject.toml").write_text(
            '[project]\nname = "app"\nversion = "1"\nrequires-python = ">=3.8"\ndependencies = ["core>=3", "helper"]\n'
            '[tool.uv]\nfind-links = ["./wheels"]\nno-index = true\n'
        )
        env = {"HOME": str(tmp_path), "PATH": "/usr/bin:/bin"}
        subprocess.run([uv.binary(), "lock", "-q", "--python", python.path], cwd=source, env=env, check=True)

        locked = ask("", externals("core"), dependencies=DependencyKind.UV_LOCK)

        assert versions(locked) == {"core": "2.0", "helper": "1.0"}

    def test_is_given_to_what_the_platform_adds(self, ask):
        locked = ask("helper\n", externals("core"), additions=("needer",))

        assert versions(locked) == {"core": "2.0", "helper": "1.0", "needer": "1.0"}


class TestExternalByVersion:
    def test_is_used_where_it_is_what_was_asked_for(self, ask):
        locked = ask("core==2.0\n", externals("core", matches_versions=True))

        assert {package.name: package.origin for package in locked.packages}["core"] is Origin.EXTERNAL

    def test_is_installed_where_it_is_not(self, ask):
        locked = ask("core==1.0\n", externals("core", matches_versions=True))

        assert versions(locked) == {"core": "1.0"}
        assert any("that is installed" in notice for notice in locked.notices)

    def test_obeys_constraints(self, ask, source):
        (source / "pins.txt").write_text("core<2\n")

        assert versions(ask("-c pins.txt\ncore\n", externals("core", matches_versions=True))) == {"core": "1.0"}

    def test_gives_way_to_what_another_package_needs(self, ask):
        locked = ask("needer\n", externals("core", matches_versions=True))

        assert versions(locked) == {"core": "3.0", "needer": "1.0"}
        assert any("other versions are needed" in notice for notice in locked.notices)

    def test_is_installed_where_the_interpreter_does_not_have_it(self, ask):
        assert versions(ask("helper\n", externals("helper", matches_versions=True))) == {"helper": "1.0"}


class TestExternalByPip:
    @pytest.mark.parametrize("text", ["needer\n", "core==1.0\n"])
    @pytest.mark.parametrize("matches_versions", [False, True])
    def test_is_what_it_is_by_uv(self, ask, text, matches_versions):
        rules = externals("core", matches_versions=matches_versions)

        by_pip, by_uv = ask(text, replace(rules, installer=Installer.PIP)), ask(text, rules)

        assert by_pip.packages == by_uv.packages
        assert by_pip.notices == by_uv.notices


class TestProhibited:
    def test_is_dropped_and_the_log_names_the_line_and_the_rule(self, ask):
        locked = ask("helper\nBanned==5.0\n", prohibited("banned"))

        assert versions(locked) == {"helper": "1.0"}
        assert locked.notices == (
            "banned is prohibited here (the workspace's list) and was left out; requirements.txt, line 4 asks for it.",
        )

    def test_is_dropped_where_another_package_needs_it(self, ask):
        locked = ask("wanter\n", prohibited("banned"))

        assert versions(locked) == {"helper": "1.0", "wanter": "1.0"}
        assert locked.notices == (
            "banned is prohibited here (the workspace's list) and was left out; wanter asks for it.",
        )

    def test_needs_to_be_on_no_index_to_be_dropped(self, ask):
        assert versions(ask("helper\nappnope==0.1.4\n", prohibited("appnope"))) == {"helper": "1.0"}

    @pytest.mark.parametrize("text", ["banned\n", "wanter\n", "./wheels/banned-5.0-py3-none-any.whl\n"])
    def test_refuses_the_build_where_that_is_chosen(self, ask, text):
        with pytest.raises(Failure, match=r"banned is prohibited here \(the workspace's list\)") as caught:
            ask(text, prohibited("banned", action=ProhibitedAction.REFUSE))

        assert caught.value.kind is FailureKind.PROHIBITED_PACKAGE

    @pytest.mark.parametrize("action", ProhibitedAction)
    def test_is_nobodys_matter_where_a_marker_leaves_it_out(self, ask, action):
        text = "elsewhere\nbanned ; sys_platform == 'win32'\n"

        locked = ask(text, prohibited("banned", action=action))

        assert versions(locked) == {"elsewhere": "1.0", "helper": "1.0"}
        assert locked.notices == ()

    def test_wins_over_external(self, ask):
        rules = Rules(external=(Rule("core", Level.WORKSPACE),), prohibited=(Rule("core", Level.SITE),))

        assert versions(ask("helper\ncore\n", rules)) == {"helper": "1.0"}

    def test_is_found_behind_an_address(self, ask, source):
        address = (source / "wheels/banned-5.0-py3-none-any.whl").as_uri()

        locked = ask(f"helper\nbanned @ {address}\n", prohibited("banned"))

        assert versions(locked) == {"helper": "1.0"}

    def test_is_dropped_from_what_the_platform_adds(self, ask):
        assert versions(ask("helper\n", prohibited("banned"), additions=("banned",))) == {"helper": "1.0"}


class TestKey:
    def test_knows_rules_and_what_the_interpreter_has(self, source, python):
        plain = request(source, python, "core\n", Rules()).key
        keys = {
            plain,
            request(source, python, "core\n", externals("core")).key,
            request(source, python, "core\n", externals("core", matches_versions=True)).key,
            request(source, python, "core\n", prohibited("core")).key,
            request(source, python, "core\n", prohibited("core", action=ProhibitedAction.REFUSE)).key,
        }

        assert len(keys) == 5
        assert request(source, python, "core\n", Rules()).key == plain


class TestEnvironment:
    @pytest.fixture
    def built(self, ask, python: Interpreter, bench: Workbench, store: Store, source: Path) -> Path:
        locked = ask("needer\nspaced\n", externals("core", "spaced"))
        key = environment_key(locked, python, "north")
        return store.build(locked, python, key, bench, source=source).path

    def run(self, environment: Path, code: str) -> str:
        argv = [str(environment / "bin/python"), "-c", code]
        done = subprocess.run(argv, capture_output=True, text=True, env={}, cwd="/")
        return done.stdout.strip() or done.stderr.strip()

    def test_imports_the_package_of_the_site(self, built):
        assert self.run(built, "import core, importlib.metadata as m; print(core.VERSION, m.version('core'))") == (
            "2.0 of the site 2.0"
        )

    def test_does_not_see_the_rest_of_the_site(self, built):
        assert self.run(built, "from space import one; print(one.ONE)") == "1"
        assert "No module named 'other'" in self.run(built, "import other")
        assert "cannot import name 'two'" in self.run(built, "from space import two")

    def test_has_its_commands(self, built):
        done = subprocess.run([built / "bin/core-says"], capture_output=True, text=True, env={"PATH": "/usr/bin:/bin"})

        assert done.stdout == "core says hello\n", done.stderr

    def test_is_seen_in_the_sandbox_and_cannot_be_written(self, built, bench, python):
        code = "import core, os; print(core.VERSION); open(os.path.dirname(core.__file__) + '/x', 'w')"

        done = bench.run([built / "bin/python", "-c", code], readonly=(built, *python.readonly_paths))

        assert "2.0 of the site" in done.output
        assert "Read-only file system" in done.output

    def test_is_whole_until_the_site_loses_a_package(self, built, store, python):
        key = built.name
        assert store.verify(key) == ()

        moved = python.prefix / "lib" / f"python{python.minor}" / "site-packages/core"
        moved.rename(moved.with_name("hidden"))
        try:
            assert [(found.path, found.what) for found in store.verify(key)] == [
                ("core", "is not in the interpreter's own site any more")
            ]
        finally:
            moved.with_name("hidden").rename(moved)

    def test_says_when_the_site_has_another_version_by_now(self, ask, python):
        locked = ask("core\n", externals("core"))
        older = Lock.from_json(locked.to_json() | {"packages": [
            package | ({"version": "1.9"} if package["name"] == "core" else {})
            for package in locked.to_json()["packages"]
        ]})  # fmt: skip

        with pytest.raises(Failure, match=r"core 1\.9 is external, and Python .* has 2\.0 now"):
            external.find(older, python)


class TestUnmanaged:
    def test_sees_the_whole_site_and_its_commands(self, python, bench, store):
        nothing = Lock((), is_managed=False)
        built = store.build(nothing, python, environment_key(nothing, python, "public"), bench).path

        found = TestEnvironment().run(built, "import other, space.two; print(space.two.TWO)")
        assert found == "2"
        assert (built / "bin/core-says").exists()
        assert Lock.from_json(nothing.to_json()) == nothing

    def test_is_another_environment_than_an_empty_one(self, python):
        assert environment_key(Lock((), is_managed=False), python, "public") != environment_key(
            Lock(()), python, "public"
        )
