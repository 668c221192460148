"""An interpreter of the tests' own, whose site they may fill: nothing is installed into those of the machine."""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from deployments.venvs import interpreters
from deployments.venvs.interpreters import Interpreter

#: What a Python needs not to have for this.
LEFT_OUT = ("test", "site-packages", "idlelib", "tkinter", "turtledemo", "lib2to3")


def make(folder: Path, wheels: Sequence[Path] = (), *, minor: str | None = None) -> Path:
    """A copy of an interpreter (of ``minor``) with nothing but ``wheels`` in its site; the program's path."""
    found = interpreters.discover((), folder / "interpreters.json")
    own = [one for one in found if one.prefix != Path("/usr") and minor in {None, one.minor}]
    if not own:
        pytest.skip("Every Python here belongs to the operating system, which cannot be copied.")
    base = interpreters.choose(own, None)
    home = folder / "python"
    library = home / "lib" / f"python{base.minor}"
    shutil.copytree(
        base.prefix / "lib" / f"python{base.minor}", library, symlinks=True, copy_function=_link,
        ignore=shutil.ignore_patterns(*LEFT_OUT),
    )  # fmt: skip
    (library / "site-packages").mkdir()
    for shared in (base.prefix / "lib").glob("libpython3*.so*"):
        _link(str(shared), str(home / "lib" / shared.name))
    program = home / "bin" / base.path.name
    program.parent.mkdir()
    program.write_bytes(_relocated(base))
    program.chmod(0o755)
    install(program, wheels)
    return program


def install(program: Path, wheels: Sequence[Path]) -> None:
    """Install into the site of ``program`` as an operator would."""
    if not wheels:
        return
    argv = ["uv", "pip", "install", "-q", "--no-deps", "--offline", "--no-index", "--break-system-packages"]
    env = {"PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin", "HOME": str(program.parents[1])}
    subprocess.run([*argv, "--python", str(program), *map(str, wheels)], check=True, env=env)


def of(program: Path) -> Interpreter:
    """As the platform finds it, when an operator names it."""
    found = interpreters.discover([program], program.parents[1] / "interpreters.json")
    return next(one for one in found if one.path == program.resolve())


def _relocated(base: Interpreter) -> bytes:
    """The program; one that looks for its library where it was built looks beside itself."""
    content, place = base.path.read_bytes(), f"{base.prefix}/lib".encode()
    beside = b"$ORIGIN/../lib"
    if len(place) < len(beside):
        return content
    return content.replace(place + b"\0", beside + b"\0" * (len(place) - len(beside) + 1))


def _link(source: str, target: str) -> None:
    try:
        os.link(source, target, follow_symlinks=False)
    except OSError:
        shutil.copy2(source, target, follow_symlinks=False)
