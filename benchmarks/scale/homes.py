"""A platform's home of the benchmark's own, with a database server and nothing else that runs."""

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from workspaces.models import User

#: Of those who look at a home that only this machine sees.
PASSWORD = "correct horse battery staple"  # noqa: S105


@contextmanager
def database(kept: Path | None = None) -> Iterator[bool]:
    """Django is set up inside, over an empty or (``kept``) an earlier database; yields whether it is new.

    Must come before anything that reads the settings.
    """
    home = kept or Path(tempfile.mkdtemp(prefix="slb-", dir="/tmp"))
    os.environ["SLIPWAY_HOME"] = str(home)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    from config import keys
    from config.home import Home
    from config.postgres import Postgres
    from workspaces.encryption import generate_key

    is_new = not (home / "VERSION").exists()
    Home(home).create()
    keys.read_or_create(home / "keys" / "secrets.keys", generate_key)
    server = Postgres(home / "postgres", home / "run" / "pg")
    server.create()
    process = subprocess.Popen(server.command(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        server.wait()
        _set_up()
        yield is_new
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(20)
        if kept is None:
            shutil.rmtree(home, ignore_errors=True)


def _set_up() -> None:
    import django
    from django.core.management import call_command

    django.setup()
    from django.conf import settings

    # People are made by the thousand here, and nobody's password is guessed.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.ALLOWED_HOSTS = [*settings.ALLOWED_HOSTS, "testserver"]
    call_command("migrate", verbosity=0)


def serve(admin: "User", root: "User", port: int) -> None:
    """The platform's pages at that port, until Ctrl-C. Nothing that is loaded runs, so apps do not answer."""
    import uvicorn
    from django.core.asgi import get_asgi_application

    for person in (admin, root):
        person.set_password(PASSWORD)
        person.save()
        print(f"Sign in at http://localhost:{port} as {person.email} with {PASSWORD!r}")
    uvicorn.run(get_asgi_application(), port=port, log_level="warning", lifespan="off")
