"""An environment without packages, as PEP 405 describes it: links to the interpreter and empty folders."""

import os
from pathlib import Path

from deployments.venvs.interpreters import Interpreter

CONFIG = """\
home = {home}
implementation = CPython
version_info = {version}
include-system-site-packages = {system_site}
"""


def make(environment: Path, interpreter: Interpreter, *, with_system_site: bool = False) -> None:
    """Make the new folder ``environment``. Raises ``FileExistsError``."""
    os.makedirs(environment / "bin")
    (environment / "bin/python").symlink_to(interpreter.path)
    for name in ("python3", f"python{interpreter.minor}"):
        (environment / "bin" / name).symlink_to("python")
    (environment / f"lib/python{interpreter.minor}/site-packages").mkdir(parents=True)
    (environment / "lib64").symlink_to("lib")
    text = CONFIG.format(
        home=interpreter.path.parent, version=interpreter.version, system_site=str(with_system_site).lower()
    )
    (environment / "pyvenv.cfg").write_text(text)


def site_packages(environment: Path) -> Path:
    return next((environment / "lib").glob("python3.*")) / "site-packages"
