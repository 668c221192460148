"""What one does without the platform: ``python -m venv`` with pip, and uv, each with a home folder of its own."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from deployments import shell
from deployments.venvs import uv
from deployments.venvs.workbench import certificates_env
from packagerepos.indexes import PYPI

TIMEOUT_S = 900


@dataclass(frozen=True)
class Others:
    """Installs ``requirements`` for ``python`` into new folders below ``home``, which also holds both caches."""

    home: Path
    python: Path
    requirements: Path

    def pip(self, name: str) -> Path:
        """A new environment by ``python -m venv && pip install``; its folder."""
        folder = self.home / name
        run([str(self.python), "-m", "venv", str(folder)], self._env)
        run([str(folder / "bin/pip"), "install", "-q", "-r", str(self.requirements)], self._env)
        return folder

    def warm_pip(self) -> None:
        """Have pip download everything once."""
        folder = self.home / "for-downloads"
        run([str(self.python), "-m", "venv", str(folder)], self._env)
        target = ["-d", str(self.home / "downloads")]
        run([str(folder / "bin/pip"), "download", "-q", *target, "-r", str(self.requirements)], self._env)

    def uv(self, name: str) -> Path:
        """A new environment by ``uv venv && uv pip install``; its folder."""
        folder, program = self.home / name, str(uv.binary())
        run([program, "venv", "-q", "--python", str(self.python), str(folder)], self._env)
        install = ["pip", "install", "-q", "--python", str(folder / "bin/python"), "-r", str(self.requirements)]
        run([program, *install], self._env)
        return folder

    @property
    def _env(self) -> Mapping[str, str]:
        self.home.mkdir(exist_ok=True)
        trust = certificates_env()
        env = {"HOME": str(self.home), "PATH": "/usr/bin:/bin"} | trust
        env |= {"PIP_CONFIG_FILE": os.devnull, "PIP_INDEX_URL": PYPI, "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
        env |= {"UV_DEFAULT_INDEX": PYPI, "UV_NO_CONFIG": "1", "UV_PYTHON_DOWNLOADS": "never"}
        return env | ({"PIP_CERT": trust["SSL_CERT_FILE"]} if trust else {})


def run(argv: list[str], env: Mapping[str, str]) -> None:
    finished = shell.run(argv, timeout_s=TIMEOUT_S, env=dict(env))
    if finished.returncode != 0:
        sys.exit(f"{' '.join(argv)} failed:\n{finished.output}")
