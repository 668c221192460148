"""The platform's own keys, made once and kept in files that only it may read."""

import os
import secrets
from collections.abc import Callable
from pathlib import Path

from config import env


def django_secret_key(folder: Path) -> str:
    """What signs sessions: ``SLIPWAY_DJANGO_SECRET_KEY``, or a file that is made when first needed."""
    return os.environ.get("SLIPWAY_DJANGO_SECRET_KEY") or read_or_create(
        folder / "django.key", lambda: secrets.token_urlsafe(50)
    )


def app_cookie_key(folder: Path) -> str:
    """What signs the cookies with which visitors pass to apps: the seed of an Ed25519 key in hexadecimal digits."""
    return read_or_create(folder / "app-cookies.key", lambda: secrets.token_hex(32))


def secret_keys_file(folder: Path, run: Path) -> Path:
    """The file of the keys that seal secrets: ``SLIPWAY_SECRET_KEYS_FILE``, or where ``SLIPWAY_SECRET_KEYS`` is
    handed over to every process."""
    given = env.text("SLIPWAY_SECRET_KEYS_FILE", "")
    if not env.text("SLIPWAY_SECRET_KEYS", ""):
        return Path(given) if given else folder / "secrets.keys"
    if given:
        raise env.BadSetting("SLIPWAY_SECRET_KEYS_FILE", given, "SLIPWAY_SECRET_KEYS gives the keys already")
    return handed_over(run)


def handed_over(run: Path) -> Path:
    return run / "secrets.keys"


def read_or_create(path: Path, make: Callable[[], str]) -> str:
    """The text in ``path``; made by ``make`` and written with mode 0600 when there is none."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not path.exists():
        draft = path.with_name(f".{path.name}.{os.getpid()}")
        draft.touch(mode=0o600)
        draft.write_text(make() + "\n")
        # link() and not rename(): of two processes that start at once, the first one's key stays.
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        draft.unlink()
    return path.read_text().strip()
