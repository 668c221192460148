"""An environment's view of its interpreter's own site: some packages of it, or the whole.

Chosen packages are links in ``<environment>/lib/external``, which a ``.pth`` file puts behind the environment's own
packages; they lie outside site-packages so that nothing that works on installed files reaches through them.
"""

import shutil
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath

from deployments.failures import Failure, FailureKind
from deployments.venvs import system_site
from deployments.venvs.interpreters import Interpreter
from deployments.venvs.lock import Lock
from deployments.venvs.store.skeleton import site_packages
from deployments.venvs.system_site import SystemPackage

FOLDER = "lib/external"
PTH = "_external_packages.pth"
#: As pip writes it, without a limit on the length of the environment's place.
SCRIPT = """\
#!/bin/sh
'''exec' "{python}" "$0" "$@"
' '''
import sys
from {module} import {top}
if __name__ == "__main__":
    sys.exit({function}())
"""


def find(lock: Lock, interpreter: Interpreter) -> Mapping[str, SystemPackage]:
    """The external packages of ``lock``. Raises ``Failure`` for one that is gone, or has another version by now."""
    found = system_site.look(interpreter, [package.name for package in lock.external])
    for package in lock.external:
        here = found.get(package.name)
        if here is None or here.version != package.version:
            now = f"has {here.version} now" if here else "does not have it any more"
            raise Failure(
                FailureKind.MISSING_EXTERNAL,
                f"{package.name} {package.version} is external, and Python {interpreter.version} {now}.",
                "Deploy the source again to take what is there, or ask the operator to put that version back.",
            )
    return found


def show(environment: Path, packages: Iterable[SystemPackage]) -> None:
    """Let ``environment`` import these packages of the interpreter's site, and no others."""
    folder = environment / FOLDER
    # A wheel may have put anything anywhere in its environment.
    shutil.rmtree(folder, ignore_errors=True)
    for package in packages:
        for place in package.links:
            _link(folder / _inside(place), package.site / place)
        _write_scripts(environment, package)
    pth = site_packages(environment) / PTH
    pth.unlink(missing_ok=True)
    # Relative to site-packages: <environment>/lib/python3.12/site-packages.
    pth.write_text("../../external\n")


def links(environment: Path) -> Iterator[Path]:
    """Every link to the interpreter's site."""
    return (path for path in sorted((environment / FOLDER).rglob("*")) if path.is_symlink())


def write_scripts(environment: Path, interpreter: Interpreter) -> None:
    """The commands of the whole site, for an environment that sees it all."""
    for package in system_site.look(interpreter).values():
        _write_scripts(environment, package)


def _link(link: Path, target: Path) -> None:
    link.parent.mkdir(parents=True, exist_ok=True)
    # The operating system's packages share folders, and have no list of their files.
    if not link.is_symlink():
        link.symlink_to(target)


def _write_scripts(environment: Path, package: SystemPackage) -> None:
    for name, entry in package.scripts:
        module, _, function = entry.partition("[")[0].replace(" ", "").partition(":")
        path = environment / "bin" / PurePosixPath(name).name
        names = [*module.split("."), *function.split(".")]
        if path.exists() or path.is_symlink() or not all(word.isidentifier() for word in names):
            continue
        python = environment / "bin" / "python"
        path.write_text(SCRIPT.format(python=python, module=module, top=function.partition(".")[0], function=function))
        path.chmod(0o755)


def _inside(place: str) -> str:
    assert not PurePosixPath(place).is_absolute()
    assert ".." not in PurePosixPath(place).parts
    return place
