"""Programs whose first lines name a python, as pip and uv write them."""

import subprocess
import sys
from pathlib import Path

import pytest

from deployments.venvs.store import scripts

BODY = b"import sys\nprint(sys.argv[0])\n"
TEMPLATE = Path("/opt/python/bin/python3")


def program(folder: Path, lines: bytes) -> Path:
    path = folder / "program"
    path.write_bytes(lines + BODY)
    return path


def short(python: Path) -> bytes:
    return b"#!%s\n" % str(python).encode()


def long(python: Path) -> bytes:
    return b"#!/bin/sh\n'''exec' '%s' \"$0\" \"$@\"\n' '''\n" % str(python).encode()


class TestStarts:
    @pytest.mark.parametrize("lines", [short(TEMPLATE), long(TEMPLATE)])
    def test_knows_both_forms(self, tmp_path: Path, lines: bytes) -> None:
        assert scripts.starts(program(tmp_path, lines), TEMPLATE)

    @pytest.mark.parametrize("lines", [short(Path("/bin/sh")), long(Path("/bin/other")), b"", b"\x7fELF", b"#!/opt/py"])
    def test_leaves_other_programs_alone(self, tmp_path: Path, lines: bytes) -> None:
        assert not scripts.starts(program(tmp_path, lines), TEMPLATE)


class TestWrite:
    @pytest.mark.parametrize("lines", [short(TEMPLATE), long(TEMPLATE)])
    @pytest.mark.parametrize("place", ["short", "with a space", "l" * 140])
    def test_makes_one_that_runs_wherever_the_environment_lies(self, tmp_path: Path, lines: bytes, place: str) -> None:
        folder = tmp_path / place
        folder.mkdir()
        (folder / "python").symlink_to(sys.executable)
        target = folder / "target"

        scripts.write(program(tmp_path, lines), target, python=folder / "python", instead_of=TEMPLATE)

        said = subprocess.run([target], capture_output=True, text=True, check=True)
        assert said.stdout == f"{target}\n"

    def test_replaces_nothing(self, tmp_path: Path) -> None:
        target = tmp_path / "target"
        target.write_text("mine")

        with pytest.raises(FileExistsError):
            scripts.write(program(tmp_path, short(TEMPLATE)), target, python=TEMPLATE, instead_of=TEMPLATE)
