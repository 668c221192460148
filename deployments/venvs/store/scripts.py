"""The first lines of a wheel's programs, which name the python that runs them: another one in each environment."""

import os
from pathlib import Path

#: The kernel reads no more of a first line.
LONGEST = 127


def starts(program: Path, python: Path) -> bool:
    """Whether ``program`` is a script for ``python``."""
    with program.open("rb") as file:
        return _lines(python, file.read(2 * len(os.fsencode(python)) + 64)) != b""


def write(program: Path, target: Path, *, python: Path, instead_of: Path) -> None:
    """Write ``program``, a script for ``instead_of``, to the new file ``target`` as one for ``python``."""
    content = program.read_bytes()
    rest = content[len(_lines(instead_of, content)) :]
    with target.open("xb") as file:
        file.write(_shebang(os.fsencode(python)) + rest)
    target.chmod(0o755)


def _lines(python: Path, content: bytes) -> bytes:
    """The lines at the beginning of ``content`` that start ``python``; empty if it begins otherwise."""
    name = os.fsencode(python)
    return next((lines for lines in (_short(name), _long(name)) if content.startswith(lines)), b"")


def _shebang(python: bytes) -> bytes:
    short = _short(python)
    return short if len(short) <= LONGEST and b" " not in python else _long(python)


def _short(python: bytes) -> bytes:
    return b"#!" + python + b"\n"


def _long(python: bytes) -> bytes:
    """As pip and uv write it for places that the kernel would cut."""
    return b"#!/bin/sh\n'''exec' '" + python + b"' \"$0\" \"$@\"\n' '''\n"
