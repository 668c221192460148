import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
from packaging.version import Version

from deployments.failures import Failure, FailureKind
from deployments.source.spec import PythonRequest
from deployments.venvs.interpreters import Interpreter, choose, discover

BASE = Path(os.path.realpath(sys.executable))


def named(version: str) -> Interpreter:
    minor = "".join(version.split(".")[:2])
    return Interpreter(Path(f"/py/{version}"), version, Path("/py"), (), "linux-x86_64", f"cpython-{minor}", {})


class TestDiscover:
    def test_finds_the_interpreter_that_runs_this(self, found):
        assert BASE in {interpreter.path for interpreter in found}

    def test_knows_version_and_tags_of_each(self, found):
        for interpreter in found:
            said = subprocess.check_output(
                [interpreter.path, "-c", "import sys; print(sys.version.split()[0])"], text=True
            )
            digits = interpreter.minor.replace(".", "")
            assert interpreter.version == said.strip().rstrip("+")
            assert str(interpreter.tags[0]).startswith(f"cp{digits}-cp{digits}-")

    def test_leaves_out_what_is_too_old(self, found):
        assert all(Version(interpreter.version) >= Version("3.8") for interpreter in found)

    def test_names_one_installation_once(self, tmp_path):
        (tmp_path / "bin").mkdir()
        (tmp_path / "bin/python3").symlink_to(BASE)

        paths = [interpreter.path for interpreter in discover((tmp_path, BASE), tmp_path / "cache.json")]

        assert paths.count(BASE) == 1

    def test_survives_a_program_that_is_no_python(self, tmp_path):
        fake = tmp_path / "python3"
        fake.write_text("#!/bin/sh\necho hello\n")
        fake.chmod(0o755)

        assert fake not in {interpreter.path for interpreter in discover((fake,), tmp_path / "cache.json")}

    def test_asks_each_program_once(self, tmp_path):
        log, fake = tmp_path / "asked", tmp_path / "python3"
        fake.write_text(f'#!/bin/sh\necho asked >> {log}\nexec {BASE} "$@"\n')
        fake.chmod(0o755)

        first = discover((fake,), tmp_path / "cache.json")
        second = discover((fake,), tmp_path / "cache.json")

        assert first == second
        assert log.read_text() == "asked\n"

    def test_asks_again_when_the_program_changed(self, tmp_path):
        log, fake = tmp_path / "asked", tmp_path / "python3"
        for comment in ("one", "another"):
            fake.write_text(f'#!/bin/sh\n# {comment}\necho asked >> {log}\nexec {BASE} "$@"\n')
            fake.chmod(0o755)
            os.utime(fake, ns=(time.time_ns(), time.time_ns()))
            discover((fake,), tmp_path / "cache.json")

        assert log.read_text() == "asked\nasked\n"

    def test_ignores_a_damaged_cache(self, tmp_path):
        (tmp_path / "cache.json").write_text("{half")

        assert discover((), tmp_path / "cache.json")


class TestChoose:
    machine = (named("3.9.18"), named("3.11.2"), named("3.11.7"), named("3.12.1"), named("3.13.0rc1"))

    @pytest.mark.parametrize(
        ("specifier", "default", "expected"),
        [
            (None, None, "3.12.1"),
            (None, "3.11", "3.11.7"),
            (">=3.10", "3.9", "3.12.1"),
            ("==3.9.*", "3.11", "3.9.18"),
            ("==3.11.2", None, "3.11.2"),
            (">=3.9", "3.11", "3.11.7"),
            ("==3.13.0rc1", None, "3.13.0rc1"),
        ],
    )
    def test_takes_the_default_if_it_fits_else_the_newest(self, specifier, default, expected):
        request = PythonRequest(specifier, ".python-version") if specifier else None

        assert choose(self.machine, request, default).version == expected

    def test_names_what_was_asked_and_what_exists(self):
        with pytest.raises(Failure) as caught:
            choose(self.machine, PythonRequest(">=3.13", "pyproject.toml"))

        assert caught.value.kind is FailureKind.NO_INTERPRETER
        assert caught.value.message == "pyproject.toml asks for Python >=3.13, which is not installed here."
        assert caught.value.hint == "Ask for one of these versions: 3.9.18, 3.11.2, 3.11.7, 3.12.1, 3.13.0rc1."

    def test_refuses_what_is_no_version(self):
        with pytest.raises(Failure, match="asks for Python 'latest', which is not a version"):
            choose(self.machine, PythonRequest("latest", ".python-version"))


class TestInterpreter:
    def test_another_patch_release_is_another_identity(self):
        one = named("3.11.2")

        assert one.identity != replace(one, version="3.11.3").identity
