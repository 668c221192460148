import subprocess

import pytest

from deployments.failures import Failure, FailureKind
from deployments.source.spec import DependencyKind
from deployments.venvs import uv
from deployments.venvs.lock import ArtefactKind, Lock, Origin
from deployments.venvs.resolving.locking import LockRequest, lock
from deployments.venvs.workbench import certificates_env
from packagerepos.indexes import PYPI

LOCAL = "--no-index\n--find-links ./wheels\n"
PROJECT = '[project]\nname = "app"\nversion = "1"\nrequires-python = ">=3.8"\n'


def by_name(locked: Lock) -> dict:
    return {package.name: package for package in locked.packages}


class TestLockOfRequirements:
    def test_pins_everything_with_hash_index_and_origin(self, request_for, bench):
        packages = by_name(lock(request_for("python-dateutil==2.9.0.post0\n"), bench))

        six = packages["six"]
        assert packages.keys() == {"python-dateutil", "six"}
        assert packages["python-dateutil"].origin is Origin.REQUIREMENTS
        assert (six.origin, six.index, six.kind, six.is_public) == (Origin.TRANSITIVE, PYPI, ArtefactKind.WHEEL, True)
        assert len(six.sha256) == 64

    def test_survives_its_own_text_form(self, request_for, bench):
        locked = lock(request_for("six==1.17.0\n"), bench)

        assert Lock.from_json(locked.to_json()) == locked
        assert "six==1.17.0 \\\n    --hash=sha256:" in locked.requirements_text
        assert f"# from {PYPI}" in locked.requirements_text

    def test_takes_the_source_where_wheels_are_forbidden(self, request_for, bench):
        packages = by_name(lock(request_for("six==1.17.0\n--no-binary six\n"), bench))

        assert packages["six"].kind is ArtefactKind.SDIST

    def test_obeys_constraints_and_markers(self, request_for, source, bench):
        (source / "pins.txt").write_text("six==1.16.0\n")

        packages = by_name(lock(request_for("-c pins.txt\nsix\nidna ; sys_platform == 'win32'\n"), bench))

        assert {name: package.version for name, package in packages.items()} == {"six": "1.16.0"}

    def test_checks_the_hashes_of_the_line_for_this_python(self, request_for, bench):
        # As exports for several Pythons write it.
        text = (
            "six==1.17.0 ; python_version >= '3.0' --hash=sha256:"
            "4721f391ed90541fddacab5acf947aa0d3dc7d27b2e1e8eda2be8970586c3274\n"
            "six==1.16.0 ; python_version < '3.0' --hash=sha256:"
            "8abb2f1d86890a2dfb989f9a77cfcfd3e47c2a354b01111771326f8aa26e0254\n"
        )

        packages = by_name(lock(request_for(text), bench))

        assert packages["six"].version == "1.17.0"

    def test_says_so_when_the_resolver_is_killed(self, request_for, source, bench):
        (source / "fatal").mkdir()
        (source / "fatal" / "setup.py").write_text("import os, signal\nos.kill(os.getppid(), signal.SIGKILL)\n")

        with pytest.raises(Failure, match=r"^Resolving the packages was killed, .*\.$") as caught:
            lock(request_for("./fatal\n"), bench)

        assert caught.value.kind is FailureKind.INTERRUPTED

    def test_is_empty_for_an_empty_file(self, request_for, bench):
        assert lock(request_for("# nothing yet\n"), bench).packages == ()

    def test_finds_wheels_in_the_source(self, request_for, source, bench, make_wheel):
        make_wheel(source / "wheels", "inner", "2.0")

        packages = by_name(lock(request_for(f"{LOCAL}inner\n"), bench))

        assert (packages["inner"].url, packages["inner"].is_public) == ("./wheels/inner-2.0-py3-none-any.whl", False)

    def test_pins_a_repository_to_its_commit(self, request_for, source, bench):
        repository = source / "repository"
        repository.mkdir()
        (repository / "pyproject.toml").write_text(PROJECT.replace('"app"', '"kept"'))
        git = ["git", "-c", "user.email=a@example.com", "-c", "user.name=a"]
        for words in (["init", "-q"], ["add", "."], ["commit", "-qm", "First"]):
            subprocess.run([*git, *words], cwd=repository, check=True)
        head = subprocess.check_output(["git", "rev-parse", "HEAD"], cwd=repository, text=True).strip()

        packages = by_name(lock(request_for(f"kept @ git+file://{repository}\n"), bench))

        assert (packages["kept"].kind, packages["kept"].commit) == (ArtefactKind.VCS, head)
        assert packages["kept"].url == "./repository"

    def test_knows_a_folder_of_the_source_by_its_content(self, request_for, source, bench):
        (source / "lib").mkdir()
        (source / "lib/setup.py").write_text("from setuptools import setup\nsetup(name='lib', version='3')\n")

        packages = by_name(lock(request_for("-e ./lib\n"), bench))

        assert (packages["lib"].kind, packages["lib"].url) == (ArtefactKind.DIRECTORY, "lib")
        assert len(packages["lib"].sha256) == 64
        assert sorted(path.name for path in (source / "lib").iterdir()) == ["setup.py"]


class TestLockOfAdditions:
    def test_adds_a_server_that_is_missing(self, request_for, bench):
        packages = by_name(lock(request_for("click==8.1.7\n", additions=("uvicorn",)), bench))

        assert packages["uvicorn"].origin is Origin.PLATFORM
        assert packages["click"].version == "8.1.7"

    def test_leaves_a_server_that_is_there(self, request_for, bench):
        packages = by_name(lock(request_for("uvicorn==0.30.0\n", additions=("uvicorn>=0.50",)), bench))

        assert (packages["uvicorn"].version, packages["uvicorn"].origin) == ("0.30.0", Origin.REQUIREMENTS)


class TestLockOfProjects:
    def test_resolves_a_project_without_lock(self, source, interpreter, bench):
        (source / "pyproject.toml").write_text(PROJECT + 'dependencies = ["six==1.17.0"]\n')

        packages = by_name(lock(LockRequest(source, DependencyKind.PYPROJECT, interpreter), bench))

        assert {name: package.origin for name, package in packages.items()} == {"six": Origin.REQUIREMENTS}

    def test_takes_a_lock_as_it_stands(self, source, interpreter, bench):
        (source / "pyproject.toml").write_text(PROJECT + 'dependencies = ["six<1.17", "colorama; os_name == \'nt\'"]\n')
        env = {"HOME": str(source.parent), "PATH": "/usr/bin:/bin"} | certificates_env()
        subprocess.run([uv.binary(), "lock", "-q", "--python", interpreter.path], cwd=source, env=env, check=True)
        request = LockRequest(source, DependencyKind.UV_LOCK, interpreter)

        packages = by_name(lock(request, bench))

        assert {name: package.version for name, package in packages.items()} == {"six": "1.16.0"}
        assert packages["six"].index == PYPI

    def test_is_empty_without_a_file(self, source, interpreter, bench):
        assert lock(LockRequest(source, DependencyKind.NONE, interpreter), bench).packages == ()


class TestLockInTheSandbox:
    def test_a_build_hook_sees_nothing_it_was_not_given(self, request_for, source, bench, tmp_path):
        (tmp_path / "secret").write_text("of another workspace")
        (source / "lib").mkdir()
        (source / "lib/setup.py").write_text(
            "import os\nfrom setuptools import setup\n"
            f"assert not os.path.exists({str(tmp_path / 'secret')!r})\n"
            "assert 'SLIPWAY_PROBE' not in os.environ\n"
            f"assert os.getuid() == {bench.uid if bench.uid is not None else 'os.getuid()'}\n"
            "setup(name='lib', version='3')\n"
        )

        assert by_name(lock(request_for("./lib\n"), bench)).keys() == {"lib"}

    def test_prints_no_path_of_the_machine(self, request_for, source, bench):
        (source / "lib").mkdir()
        (source / "lib/setup.py").write_text(
            "import os\nprint(os.getcwd())\nprint(os.environ['HOME'])\nraise SystemExit(3)\n"
        )
        lines: list[str] = []

        with pytest.raises(Exception, match="A project in the source could not be built") as caught:
            lock(request_for("./lib\n"), bench, lines.append)

        said = "\n".join([*lines, str(caught.value), caught.value.hint])
        assert str(source.parent) not in said
