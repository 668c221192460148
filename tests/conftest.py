"""The tests' own platform home: a real PostgreSQL in a folder that vanishes with the run."""

import atexit
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.world import World

# Before Django reads its settings: everything the tests write lies in a folder of this run.
_HOME = Path(tempfile.mkdtemp(prefix="slw-", dir="/tmp"))
os.environ["SLIPWAY_HOME"] = str(_HOME)
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
atexit.register(shutil.rmtree, _HOME, ignore_errors=True)


def _start_postgres() -> None:
    from config.postgres import Postgres

    server = Postgres(_HOME / "postgres", _HOME / "run" / "pg")
    server.create()
    process = subprocess.Popen(server.command(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def stop() -> None:
        process.send_signal(signal.SIGINT)
        process.wait(20)

    atexit.register(stop)
    server.wait()


def _make_keys() -> None:
    from config import keys
    from workspaces.encryption import generate_key

    keys.read_or_create(_HOME / "keys" / "secrets.keys", generate_key)


def pytest_configure(config: pytest.Config) -> None:
    if not _runs_tests(config):
        # Its processes would inherit it, and read the settings before this file chose their home.
        del os.environ["DJANGO_SETTINGS_MODULE"]
        return
    from config.home import Home

    Home(_HOME).create()
    _make_keys()
    if not os.environ.get("DATABASE_URL"):
        _start_postgres()
    # Only now: pytest-django would have read the settings before this file chose the home.
    import django
    from django.conf import settings

    django.setup()
    # Slow on purpose, and most tests make three people.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def _runs_tests(config: pytest.Config) -> bool:
    """Each process that runs tests has a home and a database of its own; one that hands them out needs none."""
    return hasattr(config, "workerinput") or not config.getoption("numprocesses", None)


@pytest.fixture
def world(db: None) -> "World":
    from tests import world

    return world.create()


@pytest.fixture
def short_temporary_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """For what a home too deep for sockets puts beside the others': it goes with the test."""
    assert tmp_path  # First, because pytest makes its own folder in the temporary one as well.
    with tempfile.TemporaryDirectory(prefix="slt-", dir="/tmp") as folder:
        monkeypatch.setattr(tempfile, "tempdir", folder)
        yield
